//! From a seed to an entity: every setting rendered in its scope, what is unsaid filled in.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use const_oid::AssociatedOid;
use minijinja::Value as Name;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

use super::expand::Seed;
use super::family::Family;
use super::{
    CrlSettings, Entity, EntityExtension, External, KeyEncryption, Lifetime, Pkcs12Settings, Renew,
    Revocation, Validity, configuration, fingerprint, given_key, outputs,
};
use crate::catalog::extension::{Extensions, ResolvedExtension, Value};
use crate::catalog::name::DistinguishedName;
use crate::catalog::{Digest, KeyAlgorithm};
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::spec::{
    EntityKind, EntityTable, ExternalTable, OutputTable, RenewWord, SecretRef, SecretSetting,
    Setting,
};
use crate::template::{FromText, Scope, Templated};

/// What an entity takes from its surroundings.
pub(super) struct Place<'a> {
    pub(super) issuer: Option<Spanned<String>>,
    pub(super) has_ca_below: bool,
    pub(super) store: &'a OutputTable,
    pub(super) spec_dir: &'a Utf8Path,
    pub(super) revoked: Option<Revocation>,
}

/// Builds one entity; what is wrong with it goes to the diagnostics.
pub(super) fn entity(
    family: &Family,
    seed: &Seed,
    place: &Place<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Entity> {
    let Some(row) = seed.item.map(|item| family.row(item)) else {
        return build(family, seed, place, diagnostics);
    };
    let mut found = Diagnostics::new();
    let built = build(family, seed, place, &mut found).filter(|_| !found.has_errors());
    diagnostics.extend(found.into_iter().map(|one| one.about(&seed.id, row)));
    built.map(|entity| Entity {
        row: Some(row),
        ..entity
    })
}

fn build(
    family: &Family,
    seed: &Seed,
    place: &Place<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Entity> {
    let table = family.table_of(seed);
    let scope = match &place.issuer {
        Some(issuer) => seed.scope.with("issuer", Name::from(issuer.value.clone())),
        None => seed.scope.clone(),
    };
    let scope = &scope;
    let (subject, subject_span) = match &table.subject {
        Some(subject) if family.kind != EntityKind::Key => (
            diagnostics.take(subject.value.resolve(scope, subject.span)),
            subject.span,
        ),
        _ => (Some(DistinguishedName::default()), family.span),
    };
    let key = diagnostics.take(setting(&table.key, scope));
    let given_key = diagnostics.take(given_key::given_key(
        table,
        scope,
        place.spec_dir,
        seed.item,
    ));
    let digest = diagnostics.take(setting(&table.digest, scope));
    let generation = diagnostics.take(setting(&table.generation, scope));
    let validity = diagnostics.take(validity(table, scope, family));
    let path_length = diagnostics.take(setting(&table.path_length, scope));
    let secrets = diagnostics.take(secrets(seed, table, scope));
    let external = diagnostics.take(external(table, scope, place.spec_dir));
    let outputs = if table.external.is_some() {
        Some(Vec::new())
    } else {
        diagnostics.take(outputs::outputs(
            &seed.id,
            table,
            place.store,
            matches!(given_key, Some(Some(_))),
            subject.as_ref(),
            scope,
            family.span,
        ))
    };
    let deploy_dir = diagnostics.take(setting(&table.deploy_dir, scope));
    let connect_to = diagnostics.take(setting(&table.connect_to, scope));
    let crl = diagnostics.take(crl(table, scope));
    let trust = diagnostics.take(trust(table, scope));
    let mut extensions = match family.kind {
        EntityKind::Key => Vec::new(),
        EntityKind::Ca | EntityKind::Leaf => family.extensions(seed, scope, diagnostics),
    };
    let subject = subject?;
    if family.kind == EntityKind::Ca {
        let fallback = (place.issuer.is_some() && !place.has_ca_below).then_some(0);
        bound_path(&mut extensions, path_length?, fallback);
    }
    if subject.is_empty() && family.kind == EntityKind::Leaf && !says_criticality(table) {
        make_san_critical(&mut extensions);
    }
    let (key_encryption, pkcs12) = secrets?;
    let mut entity = Entity {
        id: seed.id.clone(),
        family: family.name.clone(),
        kind: family.kind,
        issuer: place.issuer.clone(),
        profile: family.profile.clone(),
        external: external?,
        subject,
        subject_span,
        key: match &given_key {
            Some(Some(given)) => given_key::algorithm(given),
            _ => key?.unwrap_or_else(|| Spanned::nowhere(KeyAlgorithm::EcdsaP256)),
        },
        given_key: given_key?,
        key_encryption,
        keep_key: table.keep_key.unwrap_or(true),
        generation: generation?.unwrap_or_else(|| Spanned::nowhere(1)),
        digest: digest?.map_or(Spanned::nowhere(None), |digest: Spanned<Digest>| {
            digest.map(Some)
        }),
        validity: validity?,
        extensions,
        outputs: outputs?,
        pkcs12,
        revoked: place.revoked.clone(),
        crl: crl?,
        trust: trust?,
        allow: table.allow.clone().unwrap_or_default(),
        span: family.span,
        row: None,
        fingerprint: [0; 32],
    };
    if let Some(given) = entity
        .given_key
        .as_ref()
        .filter(|_| entity.is_self_signed())
    {
        diagnostics.push(
            Diagnostic::error(
                "given-key",
                format!("`{}` signs itself, and its key is not here", entity.id),
            )
            .at(given.span, "only the public half")
            .help("name an issuer: `issuer = \"…\"`"),
        );
    }
    diagnostics.take(configuration::configure(
        &mut entity,
        deploy_dir?.as_ref(),
        connect_to?.as_ref(),
    ))?;
    entity.fingerprint = fingerprint::fingerprint(&entity);
    Some(entity)
}

/// A setting rendered, with its place.
#[expect(clippy::ref_option, reason = "the fields of a table are options")]
fn setting<T: FromText + Clone>(
    setting: &Setting<T>,
    scope: &Scope,
) -> Result<Option<Spanned<T>>, Diagnostic> {
    setting
        .as_ref()
        .map(|setting| Ok(Spanned::new(setting.value.render(scope)?, setting.span)))
        .transpose()
}

fn validity(table: &EntityTable, scope: &Scope, family: &Family) -> Result<Validity, Diagnostic> {
    let not_before = setting(&table.not_before, scope)?;
    let until = setting(&table.not_after, scope)?;
    let lasting = setting(&table.validity, scope)?;
    let (lifetime, span) = match (until, lasting) {
        (Some(until), _) => (Lifetime::Until(until.value.0), until.span),
        (None, Some(lasting)) if lasting.value.is_zero() => {
            return Err(
                Diagnostic::error("validity", "a validity of no time is none")
                    .at(lasting.span, "no time at all")
                    .help("as `\"90d\"`"),
            );
        }
        (None, Some(lasting)) => (Lifetime::For(lasting.value), lasting.span),
        (None, None) => (Lifetime::For(crate::spec::Duration::days(90)), family.span),
    };
    let span = if span.is_somewhere() {
        span
    } else {
        family.span
    };
    let renew = match (&table.renew, setting(&table.renew_before, scope)?) {
        (
            Some(Spanned {
                value: RenewWord::Never,
                ..
            }),
            _,
        ) => Renew::Never,
        (None, Some(window)) => Renew::Before(window.value),
        (None, None) => Renew::Before(crate::spec::Window::Fraction(1.0 / 3.0)),
    };
    Ok(Validity {
        not_before: not_before.map(|date| date.map(|date| date.0)),
        lifetime,
        backdate: setting(&table.backdate, scope)?.map(|backdate| backdate.value),
        renew,
        span,
    })
}

fn crl(table: &EntityTable, scope: &Scope) -> Result<CrlSettings, Diagnostic> {
    let said = table.crl.as_ref().map(|crl| &crl.value);
    let validity = said.and_then(|crl| crl.validity.as_ref());
    let renew = said.and_then(|crl| crl.renew_before.as_ref());
    let span = validity.map_or(Span::NOWHERE, |validity| validity.span);
    let validity = match validity {
        Some(validity) => {
            let value = validity.value.render(scope)?;
            if value.is_zero() {
                return Err(
                    Diagnostic::error("validity", "a CRL that holds for no time is none")
                        .at(validity.span, "no time at all"),
                );
            }
            Some(value)
        }
        None => None,
    };
    Ok(CrlSettings {
        validity,
        renew: match renew {
            Some(renew) => renew.value.render(scope)?,
            None => crate::spec::Window::Fraction(1.0 / 3.0),
        },
        span,
    })
}

fn secrets(
    seed: &Seed,
    table: &EntityTable,
    scope: &Scope,
) -> Result<(Option<KeyEncryption>, Pkcs12Settings), Diagnostic> {
    let key_encryption = match &table.key_encryption {
        None => None,
        Some(encryption) => Some(KeyEncryption {
            kdf: encryption
                .value
                .kdf
                .as_ref()
                .map(|kdf| kdf.value)
                .unwrap_or_default(),
            passphrase: SecretSetting::resolve(&encryption.value.passphrase, scope)?,
        }),
    };
    let settings = table.pkcs12.as_ref();
    let alias = match settings.and_then(|settings| settings.alias.as_ref()) {
        Some(alias) => friendly_name(alias, scope)?,
        None => seed.id.clone(),
    };
    let encryption = settings.and_then(|settings| settings.encryption.as_ref());
    let pkcs12 = Pkcs12Settings {
        passphrase: secret(table.passphrase.as_ref(), scope)?,
        alias,
        encryption: encryption
            .map(|encryption| encryption.value)
            .unwrap_or_default(),
    };
    Ok((key_encryption, pkcs12))
}

/// PKCS #12 has the alias as a `BMPString` (RFC 2985 §5.5.1), which ends with the Basic Multilingual Plane.
fn friendly_name(alias: &Spanned<Templated<String>>, scope: &Scope) -> Result<String, Diagnostic> {
    let name = alias.value.render(scope)?;
    let unfit = name.chars().find(|c| !('\u{1}'..='\u{fffe}').contains(c));
    match unfit {
        None => Ok(name),
        Some(unfit) => Err(Diagnostic::error(
            "alias",
            format!(
                "PKCS#12 cannot hold `{}` in an alias",
                unfit.escape_default()
            ),
        )
        .at(
            alias.span,
            "the name of the key and its certificate in the file",
        )
        .help("no NUL may stand in it, and nothing beyond U+FFFE, such as an emoji")),
    }
}

fn secret(
    setting: Option<&Spanned<SecretSetting>>,
    scope: &Scope,
) -> Result<Option<SecretRef>, Diagnostic> {
    setting
        .map(|setting| SecretSetting::resolve(setting, scope))
        .transpose()
}

fn external(
    table: &EntityTable,
    scope: &Scope,
    spec_dir: &Utf8Path,
) -> Result<Option<External>, Diagnostic> {
    let Some(external) = &table.external else {
        return Ok(None);
    };
    let ExternalTable {
        cert,
        key,
        passphrase,
    } = &external.value;
    let path = |text: String, span: Span| file_path(&text, span, spec_dir);
    let key = match key {
        Some(key) => Some(path(key.value.render(scope)?, key.span)?),
        None => None,
    };
    Ok(Some(External {
        cert: path(cert.value.render(scope)?, cert.span)?,
        key,
        passphrase: secret(passphrase.as_ref(), scope)?,
    }))
}

/// The path of `file:PATH`, relative to the spec.
fn file_path(
    text: &str,
    span: Span,
    spec_dir: &Utf8Path,
) -> Result<Spanned<Utf8PathBuf>, Diagnostic> {
    match text.strip_prefix("file:") {
        Some(path) if !path.is_empty() => {
            // The store joins what is relative to its own folder; this is relative to the spec.
            let path = spec_dir.join(path);
            let absolute = camino::absolute_utf8(&path).unwrap_or(path);
            Ok(Spanned::new(absolute, span))
        }
        _ => Err(
            Diagnostic::error("external-file", "an external CA is named by its files")
                .at(span, "no `file:PATH`")
                .help("write `file:ca.pem`, relative to the spec"),
        ),
    }
}

fn trust(table: &EntityTable, scope: &Scope) -> Result<Vec<Spanned<String>>, Diagnostic> {
    match &table.trust {
        Some(anchors) => crate::template::render_list(anchors, scope),
        None => Ok(Vec::new()),
    }
}

/// Sets the path length that the entity says, or else the fallback where basic constraints say none themselves.
fn bound_path(
    extensions: &mut [Arc<EntityExtension>],
    said: Option<Spanned<u8>>,
    fallback: Option<u8>,
) {
    for extension in extensions {
        let Value::BasicConstraints { ca, path_length } = extension.resolved.value else {
            continue;
        };
        let bound = said
            .as_ref()
            .map(|said| said.value)
            .or(path_length)
            .or(fallback.filter(|_| ca));
        if bound != path_length {
            let span = said
                .as_ref()
                .map_or(extension.resolved.span, |said| said.span);
            let value = Value::BasicConstraints {
                ca,
                path_length: bound,
            };
            let resolved = ResolvedExtension {
                value,
                span,
                ..extension.resolved.clone()
            };
            *extension = Arc::new(EntityExtension::new(resolved));
        } else if let Some(said) = &said {
            let resolved = ResolvedExtension {
                span: said.span,
                ..extension.resolved.clone()
            };
            *extension = Arc::new(EntityExtension::new(resolved));
        }
        debug_assert_eq!(extension.resolved.oid, BasicConstraints::OID);
    }
}

fn says_criticality(table: &EntityTable) -> bool {
    table
        .extensions
        .as_ref()
        .is_some_and(Extensions::says_san_criticality)
}

/// RFC 5280 §4.2.1.6: where the subject is empty, the subject alternative name is critical.
fn make_san_critical(extensions: &mut [Arc<EntityExtension>]) {
    for extension in extensions {
        if extension.resolved.oid == SubjectAltName::OID && !extension.resolved.critical {
            let resolved = ResolvedExtension {
                critical: true,
                ..extension.resolved.clone()
            };
            *extension = Arc::new(EntityExtension::new(resolved));
        }
    }
}
