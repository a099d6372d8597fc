//! The CAs of a run: made ready when the first entity needs one, whether issued in this run or read from disk.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::catalog::Artifact;
use crate::crypto::PrivateKey;
use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::place;
use crate::store::{FileState, State};
use crate::x509::Certificate;

use super::ExecuteError;
use super::ca::Ca;
use super::keyring::Keyring;
use super::signer::SigningKey;

/// The CAs that are ready.
#[derive(Debug, Default)]
pub(super) struct Cas {
    ready: BTreeMap<String, Ca>,
}

impl Cas {
    /// A CA that was made ready.
    pub(super) fn get(&self, id: &str) -> Option<&Ca> {
        self.ready.get(id)
    }

    /// Takes up a CA that this run issued.
    pub(super) fn issued(
        &mut self,
        entity: &Entity,
        certificate_der: &[u8],
        key: Option<PrivateKey>,
    ) -> Result<(), ExecuteError> {
        let certificate =
            Certificate::parse(certificate_der).map_err(|source| ExecuteError::Compose {
                id: entity.id.clone(),
                source,
            })?;
        let above = entity
            .issuer
            .as_ref()
            .and_then(|issuer| self.ready.get(issuer.value.as_str()));
        let ca = ready(entity, &certificate, key.map(SigningKey::here), above)?;
        self.ready.insert(entity.id.clone(), ca);
        Ok(())
    }

    /// Makes a CA ready from disk, its issuers first; with its key if it signs in this run.
    pub(super) fn load(
        &mut self,
        id: &str,
        hierarchy: &Hierarchy,
        state: &State,
        keyring: &Keyring,
        signs: bool,
    ) -> Result<(), ExecuteError> {
        if let Some(ca) = self.ready.get_mut(id) {
            if signs
                && ca.key.is_none()
                && let Some(entity) = hierarchy.get(id)
            {
                let elsewhere = SigningKey::elsewhere(keyring.signer(), id, &ca.facts.spki_der);
                ca.key = Some(match elsewhere {
                    Some(key) => key,
                    None => SigningKey::here(load_key(hierarchy, state, keyring, entity)?),
                });
            }
            return Ok(());
        }
        let entity = hierarchy
            .get(id)
            .ok_or_else(|| ExecuteError::Stale { id: id.to_owned() })?;
        if let Some(issuer) = &entity.issuer {
            self.load(&issuer.value, hierarchy, state, keyring, false)?;
        }
        let certificate = certificate_on_disk(state, entity)
            .ok_or_else(|| ExecuteError::NoCertificate { id: id.to_owned() })?;
        let elsewhere = SigningKey::elsewhere(keyring.signer(), id, certificate.spki_der());
        let key = match elsewhere.filter(|_| signs) {
            Some(key) => Some(key),
            None if signs => {
                let key = load_key(hierarchy, state, keyring, entity)?;
                if !key.fits(certificate.spki_der()) {
                    return Err(ExecuteError::OtherKey { id: id.to_owned() });
                }
                Some(SigningKey::here(key))
            }
            None => None,
        };
        let above = entity
            .issuer
            .as_ref()
            .and_then(|issuer| self.ready.get(issuer.value.as_str()));
        let ca = ready(entity, &certificate, key, above)?;
        self.ready.insert(id.to_owned(), ca);
        Ok(())
    }

    /// The certificates of these CAs, PEM.
    pub(super) fn bundle(&self, ids: &[&str]) -> String {
        ids.iter()
            .filter_map(|id| self.ready.get(*id))
            .map(|ca| ca.pem.as_str())
            .collect()
    }

    /// SHA-256 of the certificates of these CAs.
    pub(super) fn prints(&self, ids: &[&str]) -> Vec<[u8; 32]> {
        ids.iter()
            .filter_map(|id| self.ready.get(*id))
            .map(|ca| ca.print)
            .collect()
    }
}

fn ready(
    entity: &Entity,
    certificate: &Certificate,
    key: Option<SigningKey>,
    above: Option<&Ca>,
) -> Result<Ca, ExecuteError> {
    let facts = certificate
        .facts()
        .ok_or_else(|| ExecuteError::NoCertificate {
            id: entity.id.clone(),
        })?;
    Ok(Ca::new(certificate, facts, key, above))
}

/// Opens an entity's private key.
pub(super) fn load_key(
    hierarchy: &Hierarchy,
    state: &State,
    keyring: &Keyring,
    entity: &Entity,
) -> Result<PrivateKey, ExecuteError> {
    let missing = || ExecuteError::NoKey {
        id: entity.id.clone(),
    };
    let (path, reference) = match &entity.external {
        Some(external) => (
            external.key.as_ref().map(|key| key.value.clone()),
            external.passphrase.as_ref(),
        ),
        None => (
            path_of(state, entity, &[Artifact::Key, Artifact::KeyDer]),
            entity
                .key_encryption
                .as_ref()
                .map(|encryption| &encryption.passphrase),
        ),
    };
    let octets = match path {
        Some(path) => state.read_file(&path)?,
        None => None,
    };
    let Some(octets) = octets.map(zeroize::Zeroizing::new) else {
        // What the disk lacks, the seed gives again.
        if keyring.seed().is_none() || entity.external.is_some() {
            return Err(missing());
        }
        return keyring
            .randomness(hierarchy, entity)
            .key(entity.key.value)
            .map_err(|source| ExecuteError::Crypto {
                id: entity.id.clone(),
                source,
            });
    };
    let key = if octets
        .windows(5)
        .take(4096)
        .any(|window| window == b"-----")
    {
        PrivateKey::from_pem(&octets, keyring.secret(reference))
    } else {
        PrivateKey::from_der(&octets)
    };
    key.map_err(|source| ExecuteError::Crypto {
        id: entity.id.clone(),
        source,
    })
}

/// The certificate that is on disk, wherever the spec or the lock has it.
pub(super) fn certificate_on_disk(state: &State, entity: &Entity) -> Option<Certificate> {
    if let Some(external) = &entity.external {
        return state.certificate(&external.cert.value);
    }
    let artifacts = [Artifact::Cert, Artifact::CertDer, Artifact::Fullchain];
    state.certificate(&path_of(state, entity, &artifacts)?)
}

/// Where the first of these artifacts is.
pub(super) fn path_of(
    state: &State,
    entity: &Entity,
    artifacts: &[Artifact],
) -> Option<Utf8PathBuf> {
    let entry = state.locked(&entity.id);
    let exists = |path: &Utf8Path| !matches!(state.file(path), FileState::Missing);
    artifacts.iter().find_map(|artifact| {
        let wanted = entity.output(*artifact).map(|output| output.path.as_path());
        let locked = entry
            .and_then(|entry| entry.files.get(artifact.id()))
            .map(|file| file.path.as_path());
        place(wanted, locked, exists)
            .filter(|path| exists(path))
            .map(ToOwned::to_owned)
    })
}
