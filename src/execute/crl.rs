//! The CRLs of a run: issued last, when the serial number of everything that they list is known.

use std::collections::BTreeMap;

use crate::catalog::{Artifact, Digest, signature_algorithm};
use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::{CrlStep, Step, sha256, sort_entries};
use crate::store::{CrlEntry, CrlLock, Durability, FileLock, LockEntry, NewFile, Store};
use crate::x509::{self, CrlFields, CrlItem, pem, serial};

use super::ExecuteError;
use super::ca::Ca;
use super::keyring::Keyring;

/// Issues a CA's CRL, writes its files, and puts what it says into the CA's line of the lock. `issued` gives the line
/// of what this run has issued.
pub(super) fn issue<'a>(
    ca: &Ca,
    entity: &Entity,
    step: &CrlStep,
    shared: Surroundings<'_>,
    line: &mut LockEntry,
    issued: impl Fn(&str) -> Option<&'a LockEntry>,
) -> Result<usize, ExecuteError> {
    let lock = lock(step, issued);
    let der = compose(ca, entity, shared, &lock)?;
    let mut written = 0_usize;
    for output in entity.outputs.iter().filter(|one| one.artifact.is_crl()) {
        let bytes = match output.artifact {
            Artifact::CrlDer => der.clone(),
            _ => pem::encode(pem::CRL, &der).into_bytes(),
        };
        shared.store.put_entity(
            &entity.id,
            &[NewFile {
                path: &output.path,
                bytes: &bytes,
                mode: output.mode,
                group: output.group.as_deref(),
                durability: Durability::Batched,
                private_key: None,
            }],
        )?;
        let file = FileLock {
            path: output.path.clone(),
            sha256: sha256(&bytes),
        };
        line.files.insert(output.artifact.id().to_owned(), file);
        written = written.saturating_add(1);
    }
    line.crl = Some(lock);
    Ok(written)
}

/// What a CRL is issued in.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) hierarchy: &'a Hierarchy,
    pub(super) keyring: &'a Keyring,
    pub(super) store: &'a Store,
}

/// The CRL's facts, with the serial numbers that the plan could not know.
fn lock<'a>(step: &CrlStep, issued: impl Fn(&str) -> Option<&'a LockEntry>) -> CrlLock {
    let mut by_serial: BTreeMap<String, CrlEntry> = step
        .entries
        .iter()
        .map(|entry| (entry.serial.clone(), entry.clone()))
        .collect();
    let mut listed = step.listed;
    for pending in &step.pending {
        let (id, revoked) = (&pending.id, &pending.revoked);
        if let Some(entry) = issued(id)
            && let (Some(serial), Some(not_after)) = (&entry.serial, entry.not_after)
        {
            let entry = CrlEntry {
                serial: serial.clone(),
                id: id.clone(),
                generation: entry.generation,
                public_key: Some(entry.public_key),
                date: revoked.date,
                reason: revoked.reason,
                invalidity_date: revoked.invalidity_date,
                not_after,
            };
            // What is taken up may be listed already, by a CRL that outlived its lock and did not know whose it is.
            if by_serial.insert(serial.clone(), entry).is_none() {
                listed = listed.saturating_add(1);
            }
        }
    }
    let mut entries: Vec<CrlEntry> = by_serial.into_values().collect();
    sort_entries(&mut entries);
    CrlLock {
        number: step.number.with(listed),
        this_update: step.this_update,
        next_update: step.next_update,
        listed,
        entries,
    }
}

/// The signed list, DER.
fn compose(
    ca: &Ca,
    entity: &Entity,
    shared: Surroundings<'_>,
    lock: &CrlLock,
) -> Result<Vec<u8>, ExecuteError> {
    let fault = |source| ExecuteError::Compose {
        id: entity.id.clone(),
        source,
    };
    let key = ca.key.as_ref().ok_or_else(|| ExecuteError::NoKey {
        id: entity.id.clone(),
    })?;
    let digest = digest(shared.hierarchy, entity);
    let algorithm = signature_algorithm(ca.facts.algorithm, digest);
    let tbs = x509::compose_crl(&CrlFields {
        signature: algorithm.clone(),
        issuer_der: &ca.facts.name_der,
        key_id: ca.facts.key_id.as_deref(),
        number: &lock.number.to_be_bytes(),
        this_update: lock.this_update,
        next_update: lock.next_update,
        entries: lock
            .entries
            .iter()
            .map(|entry| CrlItem {
                serial: serial::from_hex(&entry.serial).unwrap_or_default(),
                date: entry.date,
                reason: entry.reason,
                invalidity_date: entry.invalidity_date,
            })
            .collect(),
    })
    .map_err(fault)?;
    let nonces = shared.keyring.randomness(shared.hierarchy, entity).nonces();
    let signature = key.sign(&entity.id, &tbs, digest, nonces)?;
    x509::assemble(&tbs, &algorithm, &signature).map_err(fault)
}

/// The digest with which a CA signs: its own certificate, if it is a root; else the first that it issues. None: the one
/// that fits its key.
fn digest(hierarchy: &Hierarchy, ca: &Entity) -> Option<Digest> {
    if ca.is_self_signed() {
        return ca.digest.value;
    }
    hierarchy
        .children(&ca.id)
        .find_map(|child| child.digest.value)
}

/// The CAs that issue a CRL in a plan.
pub(super) fn steps<'a>(todo: &[&'a Step]) -> Vec<(&'a Step, &'a CrlStep)> {
    todo.iter()
        .filter_map(|step| Some((*step, step.crl.as_ref()?)))
        .collect()
}
