//! Whether private keys and PKCS#12 files are those of their certificates, where a passphrase can be had.

use crate::catalog::Artifact;
use crate::crypto::{self, PrivateKey};
use crate::execute::secrets::{self, Access};
use crate::hierarchy::Entity;
use crate::store::{KeyFileState, State};
use crate::x509::Certificate;

use super::verdict::{Check, Verdict};

/// Judges an entity's key files. `certificate` is `None` for a bare key.
pub(super) fn keys(
    entity: &Entity,
    certificate: Option<&Certificate>,
    state: &State,
    access: Access<'_>,
    verdict: &mut Verdict,
) {
    for output in &entity.outputs {
        if !matches!(output.artifact, Artifact::Key | Artifact::KeyDer) {
            continue;
        }
        let id = &entity.id;
        let path = state.dir().join(&output.path);
        let spki_der = match state.public_key(&output.path) {
            KeyFileState::Missing if !entity.keep_key => continue,
            KeyFileState::Missing => {
                verdict.push(
                    Check::warning("key", id, format!("its private key {path} is not here"))
                        .help("a clone of a repository often comes without keys; what it signed verifies without it"),
                );
                continue;
            }
            KeyFileState::Broken(fault) => {
                verdict.push(Check::failed(
                    "key",
                    id,
                    format!("{path} cannot be read: {fault}"),
                ));
                continue;
            }
            KeyFileState::Plain { spki_der } => {
                if entity.key_encryption.is_some() {
                    verdict.push(
                        Check::failed(
                            "key",
                            id,
                            format!("{path} is not encrypted, and the spec says that it is"),
                        )
                        .help("`pkiform apply` encrypts it"),
                    );
                }
                spki_der
            }
            KeyFileState::Encrypted => match open(entity, output, state, access) {
                Opened::Key(key) => key.public_der().to_vec(),
                Opened::Untried => {
                    verdict.summary.untried = verdict.summary.untried.saturating_add(1);
                    continue;
                }
                Opened::Fault(fault) => {
                    verdict.push(Check::failed("key", id, format!("{path}: {fault}")));
                    continue;
                }
            },
        };
        match certificate {
            Some(certificate) if certificate.spki_der() != spki_der => verdict.push(
                Check::failed(
                    "key",
                    id,
                    format!("{path} is not the key of its certificate"),
                )
                .help("put the right key back, or `pkiform apply --allow-key-replacement`"),
            ),
            _ => verdict.summary.keys = verdict.summary.keys.saturating_add(1),
        }
    }
}

enum Opened {
    Key(PrivateKey),
    Untried,
    Fault(String),
}

fn open(
    entity: &Entity,
    output: &crate::hierarchy::Output,
    state: &State,
    access: Access<'_>,
) -> Opened {
    let Some(encryption) = &entity.key_encryption else {
        return Opened::Fault("it is encrypted, and the spec names no passphrase".to_owned());
    };
    let Ok(resolved) = secrets::resolve(&encryption.passphrase, "the passphrase", access) else {
        return Opened::Untried;
    };
    match state.read_file(&output.path) {
        Ok(Some(octets)) => match PrivateKey::from_pem(&octets, Some(&resolved.secret)) {
            Ok(key) => Opened::Key(key),
            Err(error) => Opened::Fault(error.to_string()),
        },
        Ok(None) => Opened::Untried,
        Err(error) => Opened::Fault(error.to_string()),
    }
}

/// Judges an entity's PKCS#12 file.
pub(super) fn pkcs12(
    entity: &Entity,
    certificate: &Certificate,
    state: &State,
    access: Access<'_>,
    verdict: &mut Verdict,
) {
    let (Some(output), Some(reference)) =
        (entity.output(Artifact::Pkcs12), &entity.pkcs12.passphrase)
    else {
        return;
    };
    // A missing file is told by the lock.
    let Ok(Some(octets)) = state.read_file(&output.path) else {
        return;
    };
    let Ok(resolved) = secrets::resolve(reference, "the passphrase", access) else {
        verdict.summary.untried = verdict.summary.untried.saturating_add(1);
        return;
    };
    let path = state.dir().join(&output.path);
    let fault = match crypto::pkcs12::open(&octets, &resolved.secret) {
        Err(error) => Some(error.to_string()),
        Ok(contents) if contents.certificate.as_deref() != Some(certificate.der()) => {
            Some("its certificate is another than the entity's".to_owned())
        }
        Ok(contents)
            if !contents
                .key
                .as_ref()
                .is_some_and(|key| key.fits(certificate.spki_der())) =>
        {
            Some("its key is not that of the certificate".to_owned())
        }
        Ok(_) => None,
    };
    match fault {
        Some(fault) => verdict.push(
            Check::failed("pkcs12", &entity.id, format!("{path}: {fault}")).help(format!(
                "`pkiform apply --repackage {}` writes it again",
                entity.id
            )),
        ),
        None => verdict.summary.pkcs12 = verdict.summary.pkcs12.saturating_add(1),
    }
}
