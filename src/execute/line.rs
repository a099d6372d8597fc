//! What the lock says of an entity after a step.

use std::collections::BTreeMap;

use crate::catalog::Value;
use crate::hierarchy::Entity;
use crate::plan::{Prints, Step, fingerprint, issuer_part, packaging, sha256};
use crate::store::{FileLock, FileState, LockEntry, RevokedLock, State};
use crate::x509::IssuerFacts;

use super::ca::Ca;
use super::keyring::Keyring;
use super::work::Rendered;

/// What a line is made from.
pub(super) struct Facts<'a> {
    pub(super) entity: &'a Entity,
    pub(super) step: &'a Step,
    pub(super) state: &'a State,
    pub(super) keyring: &'a Keyring,
    pub(super) spki_der: &'a [u8],
    /// The certificate's serial in hexadecimal; `None` for a bare key.
    pub(super) serial: Option<String>,
    pub(super) issuer: Option<&'a Ca>,
    pub(super) trust: Vec<[u8; 32]>,
    pub(super) written: &'a [Rendered<'a>],
}

/// The line.
pub(super) fn entry(facts: &Facts<'_>) -> LockEntry {
    let entity = facts.entity;
    let old = facts.state.locked(&entity.id);
    let public_key = sha256(facts.spki_der);
    let issuer = facts.issuer.map(|issuer| &issuer.facts);
    let prints = Prints {
        chain: facts
            .issuer
            .map(|issuer| issuer.chain.iter().map(|link| link.print).collect())
            .unwrap_or_default(),
        root: facts.issuer.and_then(|issuer| issuer.root_print),
        trust: facts.trust.clone(),
    };
    let mut files = BTreeMap::new();
    for output in &entity.outputs {
        let id = output.artifact.id();
        let written = facts
            .written
            .iter()
            .find(|file| file.output.path == output.path);
        let digest = match written {
            Some(file) => Some(file.sha256),
            None => match facts.state.file(&output.path) {
                FileState::Present { sha256, .. } => Some(sha256),
                // A key that was handed out stays known.
                _ => old
                    .and_then(|old| old.files.get(id))
                    .map(|file| file.sha256),
            },
        };
        if let Some(sha256) = digest {
            files.insert(
                id.to_owned(),
                FileLock {
                    path: output.path.clone(),
                    sha256,
                },
            );
        }
    }
    LockEntry {
        id: entity.id.clone(),
        kind: entity.kind,
        fingerprint: print(entity, &public_key, issuer),
        algorithm: entity.key.value.to_string(),
        generation: entity.generation.value,
        serial: facts.serial.clone(),
        not_before: facts.step.not_before,
        not_after: facts.step.not_after,
        cut: facts.step.cut,
        public_key,
        seed: seed(facts, old, &public_key),
        insecure_seed: insecure_seed(facts, old, &public_key),
        issuer: facts.step.issuer.clone(),
        issuer_key: issuer.map(|issuer| sha256(&issuer.spki_der)),
        insecure_default: insecure(facts),
        packaging: packaging(entity, &prints),
        revoked: facts
            .step
            .revoked
            .as_ref()
            .filter(|revoked| !revoked.present)
            .map(|revoked| RevokedLock {
                date: revoked.date,
                generation: revoked.generation,
            }),
        crl: old.and_then(|old| old.crl.clone()),
        files,
    }
}

/// The seed that the key is from; what was derived stays so, even where the spec no longer says.
fn seed(facts: &Facts<'_>, old: Option<&LockEntry>, public_key: &[u8; 32]) -> Option<String> {
    match facts.keyring.seed() {
        _ if facts.entity.given_key.is_some() => None,
        Some(given) => Some(given.seed.fingerprint()),
        None => old
            .filter(|old| old.public_key == *public_key)
            .and_then(|old| old.seed.clone()),
    }
}

/// Whether that seed stands in the spec.
fn insecure_seed(facts: &Facts<'_>, old: Option<&LockEntry>, public_key: &[u8; 32]) -> bool {
    match facts.keyring.seed() {
        _ if facts.entity.given_key.is_some() => false,
        Some(given) => given.insecure,
        None => old.is_some_and(|old| old.insecure_seed && old.public_key == *public_key),
    }
}

/// The fingerprint of what was just made.
fn print(entity: &Entity, public_key: &[u8; 32], issuer: Option<&IssuerFacts>) -> [u8; 32] {
    let names_serial = entity.resolved_extensions().any(|extension| {
        matches!(
            extension.value,
            Value::AuthorityKeyIdentifier {
                issuer_serial: true,
                ..
            }
        )
    });
    let part = issuer.map(|issuer| issuer_part(issuer, names_serial));
    fingerprint(&entity.fingerprint, public_key, part)
}

/// Whether a file of the entity is under a secret that everybody can read in the spec.
fn insecure(facts: &Facts<'_>) -> bool {
    let references = [
        facts.entity.pkcs12.passphrase.as_ref(),
        facts
            .entity
            .key_encryption
            .as_ref()
            .map(|encryption| &encryption.passphrase),
    ];
    let old = facts
        .state
        .locked(&facts.entity.id)
        .is_some_and(|entry| entry.insecure_default);
    let mut any = false;
    let mut known = false;
    for resolved in references
        .into_iter()
        .filter_map(|reference| facts.keyring.get(reference))
    {
        known = true;
        any |= resolved.insecure;
    }
    // A step that read no secret leaves things as they were.
    if known { any } else { old }
}
