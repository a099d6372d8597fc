//! One step carried out: a key, a certificate, the files; what the lock and the ledger shall say of it.

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use crate::catalog::Artifact;
use crate::crypto::PrivateKey;
use crate::hierarchy::{Entity, Hierarchy, Output};
use crate::plan::{Action, Change, Step, sha256, trust};
use crate::store::{Durability, FileState, KeyFileState, LockEntry, NewFile, State, Store};
use crate::x509::{Certificate, pem, serial};

use super::cas::{self, Cas};
use super::issue::issue;
use super::keyring::Keyring;
use super::line::{self, Facts};
use super::output::{Material, render};
use super::{ExecuteError, Made};

/// What all steps of a run share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) hierarchy: &'a Hierarchy,
    pub(super) state: &'a State,
    pub(super) store: &'a Store,
    pub(super) keyring: &'a Keyring,
    pub(super) cas: &'a Cas,
}

/// A step that is done.
pub(super) struct Done {
    pub(super) made: Made,
    pub(super) entry: LockEntry,
    /// Whether the ledger shall have a line for its certificate.
    pub(super) ledger: bool,
    pub(super) certificate: Vec<u8>,
    /// The key, kept if the entity is a CA that others wait for.
    pub(super) key: Option<PrivateKey>,
    pub(super) removed: usize,
    pub(super) archived: Vec<Utf8PathBuf>,
}

/// Carries one step out. All of its files are in place when it returns.
pub(super) fn work(shared: Shared<'_>, step: &Step) -> Result<Done, ExecuteError> {
    let stale = || ExecuteError::Stale {
        id: step.id.clone(),
    };
    let entity = shared.hierarchy.get(&step.id).ok_or_else(stale)?;
    let issuer = match &step.issuer {
        Some(id) => Some(shared.cas.get(id).ok_or_else(stale)?),
        None => None,
    };
    let key = private_key(shared, entity, step)?;
    let old = old_certificate(shared, entity, step);
    let spki_der = spki(shared, entity, step, key.as_ref(), old.as_ref())?;
    let randomness = shared.keyring.randomness(shared.hierarchy, entity);
    let (der, serial_hex) = match (step.action.issues() && entity.has_certificate(), &old) {
        (true, _) => {
            let issued = issue(entity, step, &spki_der, key.as_ref(), issuer, randomness)?;
            (issued.der, Some(serial::to_hex(&issued.serial)))
        }
        (false, Some(certificate)) => (
            certificate.der().to_vec(),
            Some(serial::to_hex(certificate.serial())),
        ),
        (false, None) if entity.has_certificate() => {
            return Err(ExecuteError::NoCertificate {
                id: entity.id.clone(),
            });
        }
        (false, None) => (Vec::new(), None),
    };
    let certificate_pem = if der.is_empty() {
        String::new()
    } else {
        pem::encode(pem::CERTIFICATE, &der)
    };
    let trust_ids = trust(entity, root_of(shared, entity));
    let trust_pem = shared.cas.bundle(&trust_ids);
    let material = Material {
        entity,
        key: key.as_ref(),
        key_passphrase: shared.keyring.secret(
            entity
                .key_encryption
                .as_ref()
                .map(|encryption| &encryption.passphrase),
        ),
        spki_der: &spki_der,
        certificate_der: &der,
        certificate_pem: &certificate_pem,
        issuer,
        trust_pem: &trust_pem,
        passphrase: shared.keyring.secret(entity.pkcs12.passphrase.as_ref()),
        randomness,
    };
    let rendered = rendered(shared, step, &material)?;
    let mut archived = Vec::new();
    if step.action == Action::Rekey {
        archived = archive(shared, entity)?;
    }
    write(shared, entity, &rendered, sha256(&spki_der))?;
    let removed = remove(shared, entity, step, &mut archived)?;
    // A run that died may have issued what the lock does not know; the ledger takes no certificate twice.
    let locked = shared
        .state
        .locked(&step.id)
        .and_then(|entry| entry.serial.as_ref());
    let is_new =
        step.action.issues() || step.action == Action::Adopt || locked != serial_hex.as_ref();
    let entry = line::entry(&Facts {
        entity,
        step,
        state: shared.state,
        keyring: shared.keyring,
        spki_der: &spki_der,
        serial: serial_hex,
        issuer,
        trust: shared.cas.prints(&trust_ids),
        written: &rendered,
    });
    Ok(Done {
        made: Made {
            id: step.id.clone(),
            family: step.family.clone(),
            kind: step.kind,
            issuer: step.issuer.clone(),
            action: step.action,
            certificate_sha256: (!der.is_empty()).then(|| sha256(&der)),
            files: rendered
                .iter()
                .map(|file| file.output.path.clone())
                .collect(),
        },
        entry,
        ledger: !der.is_empty() && is_new,
        certificate: der,
        key,
        removed,
        archived,
    })
}

/// A file to be written.
pub(super) struct Rendered<'a> {
    pub(super) output: &'a Output,
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) sha256: [u8; 32],
}

/// The bytes of the step's files; what is on disk already is left out.
fn rendered<'a>(
    shared: Shared<'_>,
    step: &Step,
    material: &Material<'a>,
) -> Result<Vec<Rendered<'a>>, ExecuteError> {
    let mut all = Vec::with_capacity(step.files.len());
    for output in &material.entity.outputs {
        if output.artifact.is_crl() {
            continue;
        }
        let wanted = step.files.iter().find(|file| file.path == output.path);
        let Some(change) = wanted.map(|file| file.change) else {
            continue;
        };
        if !matches!(change, Change::Create | Change::Rewrite) {
            continue;
        }
        let bytes = render(output.artifact, material).map_err(|source| ExecuteError::Output {
            id: step.id.clone(),
            artifact: output.artifact.id(),
            source,
        })?;
        let digest = sha256(&bytes);
        let same = change == Change::Rewrite
            && matches!(shared.state.file(&output.path), FileState::Present { sha256, .. } if sha256 == digest);
        if !same {
            all.push(Rendered {
                output,
                bytes,
                sha256: digest,
            });
        }
    }
    Ok(all)
}

fn write(
    shared: Shared<'_>,
    entity: &Entity,
    rendered: &[Rendered<'_>],
    public_key: [u8; 32],
) -> Result<(), ExecuteError> {
    let files: Vec<NewFile<'_>> = rendered
        .iter()
        .map(|file| NewFile {
            path: &file.output.path,
            bytes: &file.bytes,
            mode: file.output.mode,
            group: file.output.group.as_deref(),
            durability: if entity.is_ca() && file.output.artifact.is_secret() {
                Durability::Synced
            } else {
                Durability::Batched
            },
            private_key: matches!(file.output.artifact, Artifact::Key | Artifact::KeyDer)
                .then_some(public_key),
        })
        .collect();
    if files.is_empty() {
        return Ok(());
    }
    Ok(shared.store.put_entity(&entity.id, &files)?)
}

/// Takes files away that the spec no longer asks for, and mends modes. A key goes to the archive.
fn remove(
    shared: Shared<'_>,
    entity: &Entity,
    step: &Step,
    archived: &mut Vec<Utf8PathBuf>,
) -> Result<usize, ExecuteError> {
    let mut removed = 0_usize;
    for file in &step.files {
        match file.change {
            Change::Remove => {
                if is_secret(&file.artifact) && !moved(entity, &file.artifact) {
                    archived.extend(archive_file(shared, &step.id, &file.path)?);
                }
                shared.store.remove(&file.path)?;
                removed = removed.saturating_add(1);
            }
            Change::Mode => {
                if let Some(output) = entity
                    .outputs
                    .iter()
                    .find(|output| output.path == file.path)
                {
                    shared
                        .store
                        .set_mode(&output.path, output.mode, output.group.as_deref())?;
                }
            }
            Change::Create | Change::Rewrite => {}
        }
    }
    Ok(removed)
}

/// Whether an artifact is still made, at another path: what lies at the old one is a copy.
fn moved(entity: &Entity, artifact: &str) -> bool {
    entity
        .outputs
        .iter()
        .any(|output| output.artifact.id() == artifact)
}

pub(super) fn is_secret(artifact: &str) -> bool {
    Artifact::ALL
        .iter()
        .any(|known| known.id() == artifact && known.is_secret())
}

/// Brings an entity's key files to the archive, before a new key takes their place.
fn archive(shared: Shared<'_>, entity: &Entity) -> Result<Vec<Utf8PathBuf>, ExecuteError> {
    let mut archived = Vec::new();
    let entry = shared.state.locked(&entity.id);
    let mut paths: Vec<Utf8PathBuf> = entity
        .outputs
        .iter()
        .filter(|output| output.artifact.is_secret())
        .map(|output| output.path.clone())
        .collect();
    if let Some(entry) = entry {
        let secret = entry
            .files
            .iter()
            .filter(|(artifact, _)| is_secret(artifact));
        paths.extend(secret.map(|(_, file)| file.path.clone()));
    }
    paths.sort();
    paths.dedup();
    for path in paths {
        if !matches!(shared.state.file(&path), FileState::Missing) {
            archived.extend(archive_file(shared, &entity.id, &path)?);
        }
    }
    Ok(archived)
}

/// Brings one file to the archive, under the digest of the public key that the lock knows it by.
pub(super) fn archive_file(
    shared: Shared<'_>,
    id: &str,
    path: &Utf8Path,
) -> Result<Option<Utf8PathBuf>, ExecuteError> {
    if matches!(shared.state.file(path), FileState::Missing) {
        return Ok(None);
    }
    let public_key = match shared.state.public_key(path) {
        KeyFileState::Plain { spki_der } => sha256(&spki_der),
        _ => match shared.state.locked(id) {
            Some(entry) => entry.public_key,
            // A file that nothing is known of: its own digest tells it from others.
            None => match shared.state.file(path) {
                FileState::Present { sha256, .. } => sha256,
                _ => [0; 32],
            },
        },
    };
    Ok(Some(shared.store.archive_key(id, &public_key, path)?))
}

/// The key that a step makes or has to open.
fn private_key(
    shared: Shared<'_>,
    entity: &Entity,
    step: &Step,
) -> Result<Option<PrivateKey>, ExecuteError> {
    if entity.given_key.is_some() {
        return Ok(None);
    }
    if step.action.makes_key() {
        let randomness = shared.keyring.randomness(shared.hierarchy, entity);
        let key = randomness
            .key(entity.key.value)
            .map_err(|source| ExecuteError::Crypto {
                id: entity.id.clone(),
                source,
            })?;
        return Ok(Some(key));
    }
    let writes = step.files.iter().any(|file| {
        matches!(file.change, Change::Create | Change::Rewrite) && is_secret(&file.artifact)
    });
    let signs_itself = entity.is_self_signed() && step.action.issues();
    let loaded = || cas::load_key(shared.hierarchy, shared.state, shared.keyring, entity);
    if writes || signs_itself {
        return loaded().map(Some);
    }
    // An encrypted key tells its public half only when it is opened; without the file the certificate tells it.
    let hidden = entity.key_encryption.is_some() || shared.keyring.seed().is_some();
    Ok(
        if hidden && (step.action.issues() || !entity.has_certificate()) {
            loaded().ok()
        } else {
            None
        },
    )
}

/// The certificate that is on disk, where the step leaves it or takes its public key.
fn old_certificate(shared: Shared<'_>, entity: &Entity, step: &Step) -> Option<Certificate> {
    if step.action.makes_key() || !entity.has_certificate() {
        return None;
    }
    cas::certificate_on_disk(shared.state, entity)
}

/// The public key: of the key at hand; else, for a new certificate, of the key file; else of the certificate.
fn spki(
    shared: Shared<'_>,
    entity: &Entity,
    step: &Step,
    key: Option<&PrivateKey>,
    old: Option<&Certificate>,
) -> Result<Vec<u8>, ExecuteError> {
    if let Some(key) = key {
        return Ok(key.public_der().to_vec());
    }
    if let Some(given) = &entity.given_key {
        return Ok(given.spki_der.to_vec());
    }
    let certified = || old.map(|certificate| certificate.spki_der().to_vec());
    let in_file = || {
        let path = cas::path_of(shared.state, entity, &[Artifact::Key, Artifact::KeyDer])?;
        match shared.state.public_key(&path) {
            KeyFileState::Plain { spki_der } => Some(spki_der),
            _ => None,
        }
    };
    let found = if step.action.issues() {
        in_file().or_else(certified)
    } else {
        certified().or_else(in_file)
    };
    found.ok_or_else(|| ExecuteError::NoKey {
        id: entity.id.clone(),
    })
}

/// The id of an entity's root.
fn root_of<'a>(shared: Shared<'a>, entity: &Entity) -> Option<&'a str> {
    shared
        .hierarchy
        .issuers(entity)
        .last()
        .map(|root| root.id.as_str())
}
