//! A public key that comes with an entity, alone or in a certification request: then no key is made for it.

use std::sync::Arc;

use camino::Utf8Path;
use openssl::pkey::PKey;
use openssl::x509::X509Req;

use super::Entity;
use crate::catalog::KeyAlgorithm;
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::spec::EntityTable;
use crate::template::Scope;

/// The largest file of a key or a request.
const LARGEST: u64 = 256 * 1024;

/// A public key that came with an entity.
#[derive(Clone, Debug)]
pub struct GivenKey {
    /// DER SubjectPublicKeyInfo.
    pub spki_der: Arc<[u8]>,
    /// Its algorithm.
    pub algorithm: KeyAlgorithm,
    /// Where it is said.
    pub span: Span,
}

/// The key that a table gives, if it gives one. `row` is the place of the row that it comes from, if it comes from one.
///
/// # Errors
/// It is no key, or one that the catalog does not know; a request that its own key did not sign (RFC 2986 §4.2).
pub(super) fn given_key(
    table: &EntityTable,
    scope: &Scope,
    spec_dir: &Utf8Path,
    row: Option<Span>,
) -> Result<Option<GivenKey>, Diagnostic> {
    let (setting, is_request) = match (&table.public_key, &table.csr) {
        (None, None) => return Ok(None),
        (Some(key), None) => (key, false),
        (None, Some(csr)) => (csr, true),
        (Some(key), Some(csr)) => {
            return Err(
                Diagnostic::error("given-key", "both a public key and a request")
                    .at(csr.span, "the request")
                    .at(key.span, "the key")
                    .help("give one of them"),
            );
        }
    };
    let span = row.unwrap_or(setting.span);
    let what = if is_request {
        "certification request"
    } else {
        "public key"
    };
    let wrong = |why: String| {
        Diagnostic::error("given-key", why)
            .at(span, if row.is_some() { "this row" } else { "here" })
            .at(
                if row.is_some() {
                    setting.span
                } else {
                    Span::NOWHERE
                },
                "asked for here",
            )
    };
    let text = setting.value.render(scope)?;
    if text.trim().is_empty() {
        // A row that brings none gets one.
        return Ok(None);
    }
    let octets = octets(text.trim(), spec_dir).map_err(|why| wrong(format!("the {what} {why}")))?;
    let spki_der = if is_request {
        of_request(&octets)
    } else {
        of_key(&octets)
    };
    let spki_der = spki_der.map_err(|why| match why {
        Unfit::Unreadable => wrong(format!("the {what} can't be read"))
            .help("give it as PEM, as base64 of DER, or as `file:PATH`"),
        Unfit::NotSigned => wrong(format!("the {what} is not signed by its own key"))
            .note("RFC 2986 §4.2: who has the key signs the request; without that anybody may have made it")
            .help("ask for a new request"),
    })?;
    let algorithm = KeyAlgorithm::from_spki_der(&spki_der).ok_or_else(|| {
        wrong(format!(
            "the {what} is of an algorithm that pkiform does not know"
        ))
        .help("RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519, Ed448 and ML-DSA are known")
    })?;
    Ok(Some(GivenKey {
        spki_der: spki_der.into(),
        algorithm,
        span,
    }))
}

/// PEM as it is, a file's content, or what base64 encodes.
fn octets(text: &str, spec_dir: &Utf8Path) -> Result<Vec<u8>, String> {
    if text.starts_with("-----BEGIN ") {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(path) = text.strip_prefix("file:") {
        let path = spec_dir.join(path);
        return crate::source::read_small(&path, LARGEST)
            .map_err(|error| format!("can't be read from `{path}`: {error}"));
    }
    let compact: String = text.split_whitespace().collect();
    data_encoding::BASE64
        .decode(compact.as_bytes())
        .map_err(|_| "is neither PEM nor base64".to_owned())
}

fn is_pem(octets: &[u8]) -> bool {
    octets.trim_ascii_start().starts_with(b"-----BEGIN ")
}

/// Why octets give no key.
enum Unfit {
    Unreadable,
    NotSigned,
}

fn of_key(octets: &[u8]) -> Result<Vec<u8>, Unfit> {
    let key = if is_pem(octets) {
        PKey::public_key_from_pem(octets)
    } else {
        PKey::public_key_from_der(octets)
    };
    key.and_then(|key| key.public_key_to_der())
        .map_err(|_| Unfit::Unreadable)
}

fn of_request(octets: &[u8]) -> Result<Vec<u8>, Unfit> {
    let unreadable = |_| Unfit::Unreadable;
    let request = if is_pem(octets) {
        X509Req::from_pem(octets)
    } else {
        X509Req::from_der(octets)
    };
    let request = request.map_err(unreadable)?;
    let key = request.public_key().map_err(unreadable)?;
    if !request.verify(&key).unwrap_or(false) {
        return Err(Unfit::NotSigned);
    }
    key.public_key_to_der().map_err(unreadable)
}

/// No two entities have one key: each of them could speak for the other.
pub(super) fn check<'a>(entities: impl Iterator<Item = &'a Entity>, diagnostics: &mut Diagnostics) {
    let mut seen: std::collections::BTreeMap<&[u8], &Entity> = std::collections::BTreeMap::new();
    for entity in entities {
        let Some(given) = &entity.given_key else {
            continue;
        };
        if let Some(other) = seen.insert(&given.spki_der, entity) {
            diagnostics.push(shared(other, entity));
        }
    }
}

/// The fault of two entities with one key.
#[must_use]
pub(crate) fn shared(one: &Entity, other: &Entity) -> Diagnostic {
    let span = |entity: &Entity| {
        entity
            .given_key
            .as_ref()
            .map_or(entity.span, |given| given.span)
    };
    let (first, second) = (span(one), span(other));
    let error = Diagnostic::error(
        "duplicate-key",
        format!("`{}` and `{}` have the same public key", one.id, other.id),
    )
    .at(second, "here");
    let error = if first == second {
        error
    } else {
        error.at(first, "and there")
    };
    error.help("each device makes a key of its own; who has one of them can speak for both")
}

/// The algorithm of a given key takes the place of the spec's.
pub(super) fn algorithm(given: &GivenKey) -> Spanned<KeyAlgorithm> {
    Spanned::new(given.algorithm, given.span)
}
