//! Proof of possession: a certificate whose common name is a code that a cloud gave, signed by the CA that is to be
//! proved. It belongs to no plan: it is made again and again, and its key is thrown away.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::catalog::signature_algorithm;
use crate::crypto::{PrivateKey, Randomness};
use crate::hierarchy::{Entity, Hierarchy, resolve};
use crate::plan::{revoked_ca, sha256, unnumbered};
use crate::source::{Diagnostic, Document, VariableSources};
use crate::spec::{Duration, Spec, check_name};
use crate::store::{LedgerEntry, State};
use crate::x509::{self, pem, serial};

use super::cas::Cas;
use super::keyring::Keyring;
use super::{ExecuteError, Options};

/// The upper bound of a common name (RFC 5280 appendix A.1, ub-common-name).
const LONGEST: usize = 64;

/// How long the certificate is valid: a cloud looks at it once.
const DAYS: i32 = 30;

/// The certificate as a spec would say it: a leaf without a profile, and nothing but the name.
const SPEC: &str = r#"
spec = 1
name = "proof"
[ca.ca]
external = { cert = "file:ca.pem" }
[leaf.proof]
issuer = "ca"
subject = [{ common_name = "{{ code }}" }]
outputs = ["cert"]
[vars]
code = ""
"#;

/// A proof that was made.
#[derive(Debug)]
pub struct Proof {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// Its private key, PKCS #8 in PEM, for who asks for it.
    pub key_pem: Zeroizing<Vec<u8>>,
    /// When it ends.
    pub not_after: Timestamp,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// The line for the ledger.
    pub ledger: LedgerEntry,
}

/// Where a proof lies in the store: `.prove/<ca>/<code>.pem`; none if the code is no name of a file.
#[must_use]
pub fn proof_path(ca: &str, code: &str) -> Option<Utf8PathBuf> {
    check_name(code)
        .is_ok()
        .then(|| Utf8PathBuf::from(format!(".prove/{ca}/{code}.pem")))
}

/// What is wrong with a code, if anything is.
///
/// # Errors
/// `proof-code`: it is empty, too long for a common name, or has a character that no cloud's code has.
pub fn check_code(code: &str) -> Result<(), Diagnostic> {
    let wrong = |why: String| Err(Diagnostic::error("proof-code", why));
    let length = code.chars().count();
    if code.trim().is_empty() {
        return wrong("the code is empty".to_owned())
            .map_err(|error| error.help("give the code that the cloud shows: --code A1B2C3…"));
    }
    if length > LONGEST {
        return wrong(format!(
            "the code has {length} characters, and a common name holds {LONGEST}"
        ))
        .map_err(|error| error.note("RFC 5280 appendix A.1: ub-common-name is 64"));
    }
    if let Some(control) = code.chars().find(|c| c.is_control()) {
        return wrong(format!(
            "the code has a control character, {}",
            control.escape_default()
        ));
    }
    Ok(())
}

/// Makes the proof of a CA.
///
/// # Errors
/// [`ExecuteError::Refused`] for what the user can mend; else what stopped it.
pub fn prove(
    hierarchy: &Hierarchy,
    state: &State,
    ca: &Entity,
    code: &str,
    options: &Options,
) -> Result<Proof, ExecuteError> {
    check_code(code)?;
    if let Some(fault) = revoked_ca(hierarchy, state, ca) {
        return Err(fault.into());
    }
    let keyring = Keyring::of_ca(ca, hierarchy, options)?;
    let mut cas = Cas::default();
    cas.load(&ca.id, hierarchy, state, &keyring, true)?;
    let stale = || ExecuteError::Stale { id: ca.id.clone() };
    let ready = cas.get(&ca.id).ok_or_else(stale)?;
    let signer = ready
        .key
        .as_ref()
        .ok_or_else(|| ExecuteError::NoKey { id: ca.id.clone() })?;
    let (not_before, not_after) = dates(hierarchy, ca, ready.not_after)?;
    let entity = entity(code, hierarchy.now())?;
    // Nothing of it is kept, so that it need not come from the seed.
    let key = PrivateKey::generate(entity.key.value).map_err(|source| ExecuteError::Crypto {
        id: ca.id.clone(),
        source,
    })?;
    let compose = |source| ExecuteError::Compose {
        id: ca.id.clone(),
        source,
    };
    let crypto = |source| ExecuteError::Crypto {
        id: ca.id.clone(),
        source,
    };
    let spki = key.public_der();
    let facts = &ready.facts;
    let randomness = keyring.randomness(hierarchy, ca);
    let number = match randomness {
        Randomness::System => randomness.serial(&[]),
        Randomness::Seeded { .. } => {
            let tbs =
                unnumbered(&entity, Some(facts), spki, not_before, not_after).map_err(compose)?;
            randomness.serial(&tbs)
        }
    }
    .map_err(crypto)?;
    let tbs =
        x509::compose(&entity, facts, spki, &number, not_before, not_after).map_err(compose)?;
    let signature = signer.sign(&ca.id, &tbs, None, randomness.nonces())?;
    let algorithm = signature_algorithm(facts.algorithm, None);
    let der = x509::assemble(&tbs, &algorithm, &signature).map_err(compose)?;
    let serial = serial::to_hex(&number);
    Ok(Proof {
        certificate_pem: pem::encode(pem::CERTIFICATE, &der),
        key_pem: key.to_pem().map_err(crypto)?,
        not_after,
        ledger: LedgerEntry {
            issuer: ca.id.clone(),
            serial: serial.clone(),
            id: format!(".prove/{code}"),
            generation: 1,
            public_key: sha256(spki),
            not_after,
            certificate: sha256(&der),
        },
        serial,
    })
}

/// From now for a month, and no longer than the CA.
fn dates(
    hierarchy: &Hierarchy,
    ca: &Entity,
    ends: Timestamp,
) -> Result<(Timestamp, Timestamp), ExecuteError> {
    let now = hierarchy.now();
    if ends <= now {
        let message = format!("the certificate of `{}` ended on {ends}", ca.id);
        return Err(Diagnostic::error("issuer-expired", message)
            .at(ca.span, "can prove nothing any more")
            .help("let it be renewed: `pkiform apply`")
            .into());
    }
    let end = Duration::days(DAYS).after(now).unwrap_or(ends);
    Ok((now, end.min(ends)))
}

/// The certificate as an entity. The code is a variable's value, so that it cannot say anything but a name.
fn entity(code: &str, now: Timestamp) -> Result<Entity, ExecuteError> {
    let variables = VariableSources {
        set: vec![("code".to_owned(), code.to_owned())],
        ..VariableSources::default()
    };
    let made = Document::parse("proof.toml".into(), SPEC, None, &variables)
        .map_err(|failure| failure.diagnostics)
        .and_then(|mut document| {
            let spec = Spec::read(&document)?;
            resolve(&spec, &mut document, now)
        });
    let hierarchy = made.map_err(ExecuteError::Refused)?;
    let entity = hierarchy.get("proof").ok_or_else(|| ExecuteError::Stale {
        id: "proof".to_owned(),
    })?;
    Ok(Entity::clone(entity))
}
