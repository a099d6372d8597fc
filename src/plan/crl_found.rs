//! A CRL that lies in the store and that the lock does not know: what it says is not forgotten.

use std::collections::BTreeMap;

use crate::catalog::Artifact;
use crate::crypto;
use crate::hierarchy::Entity;
use crate::store::{CrlEntry, CrlLock, LedgerEntry, State};
use crate::x509::{Certificate, Crl, pem, serial};

use super::crl_entries::sort;
use super::observe;

/// The CRL on disk, if the CA's present key signed it and it is later than the lock's: the work of a run that died, or
/// of one whose lock is lost.
pub(super) fn later(state: &State, ca: &Entity, locked: Option<&CrlLock>) -> Option<CrlLock> {
    let certificate = observe::certificate(state, &observe::entity(state, ca))?;
    let outputs = ca.outputs.iter().filter(|one| one.artifact.is_crl());
    let found = outputs.filter_map(|output| {
        let octets = state.read_file(&output.path).ok()??;
        let crl = read(&octets, output.artifact)?;
        let number = number(&crl)?;
        is_by(&crl, &certificate).then_some((number, crl))
    });
    let (number, crl) = found.max_by_key(|(number, _)| *number)?;
    if locked.is_some_and(|locked| number <= locked.number) {
        return None;
    }
    let entries = entries(state, ca, &certificate, locked, &crl);
    // Of a reproducible PKI the number itself says how many were listed.
    let counted = if number >> 32 == 0 {
        0
    } else {
        number & u64::from(u32::MAX)
    };
    let least = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    Some(CrlLock {
        number,
        this_update: crl.this_update(),
        next_update: crl.next_update().unwrap_or_else(|| crl.this_update()),
        listed: counted
            .max(least)
            .max(locked.map_or(0, |locked| locked.listed)),
        entries,
    })
}

fn read(octets: &[u8], artifact: Artifact) -> Option<Crl> {
    if artifact == Artifact::CrlDer {
        return Crl::parse(octets).ok();
    }
    let blocks = pem::decode(octets).ok()?;
    let block = blocks.iter().find(|block| block.label == pem::CRL)?;
    Crl::parse(&block.der).ok()
}

/// Its number, if it is one that pkiform gives.
fn number(crl: &Crl) -> Option<u64> {
    let octets = crl.number()?;
    let significant = octets.iter().skip_while(|octet| **octet == 0);
    (significant.clone().count() <= 8)
        .then(|| significant.fold(0, |number, octet| (number << 8) | u64::from(*octet)))
}

fn is_by(crl: &Crl, ca: &Certificate) -> bool {
    let signed = crypto::verify_signature(
        crl.tbs_der(),
        crl.signature(),
        ca.spki_der(),
        crl.signature_algorithm(),
    );
    crl.issuer_der() == ca.subject_der() && signed.unwrap_or(false)
}

/// What it lists. Whose certificates they are, lock and ledger say; what neither knows belongs to nobody, and stays
/// until the CA ends.
fn entries(
    state: &State,
    ca: &Entity,
    certificate: &Certificate,
    locked: Option<&CrlLock>,
    crl: &Crl,
) -> Vec<CrlEntry> {
    let ledger: BTreeMap<&str, &LedgerEntry> = state
        .ledger()
        .iter()
        .filter(|line| line.issuer == ca.id)
        .map(|line| (line.serial.as_str(), line))
        .collect();
    let certified: BTreeMap<&str, &crate::store::LockEntry> = state
        .locked_ids()
        .filter_map(|id| state.locked(id))
        .filter(|entry| entry.issuer.as_deref() == Some(ca.id.as_str()))
        .filter_map(|entry| Some((entry.serial.as_deref()?, entry)))
        .collect();
    let known = locked.map_or(&[][..], |locked| locked.entries.as_slice());
    let mut entries: Vec<CrlEntry> = crl
        .entries()
        .iter()
        .map(|item| {
            let serial = serial::to_hex(&item.serial);
            let (id, generation, public_key, not_after) =
                if let Some(known) = known.iter().find(|known| known.serial == serial) {
                    (
                        known.id.clone(),
                        known.generation,
                        known.public_key,
                        known.not_after,
                    )
                } else if let Some(line) = ledger.get(serial.as_str()) {
                    (
                        line.id.clone(),
                        line.generation,
                        Some(line.public_key),
                        line.not_after,
                    )
                } else if let Some(entry) = certified.get(serial.as_str()) {
                    let not_after = entry.not_after.unwrap_or_else(|| certificate.not_after());
                    (
                        entry.id.clone(),
                        entry.generation,
                        Some(entry.public_key),
                        not_after,
                    )
                } else {
                    (String::new(), 0, None, certificate.not_after())
                };
            CrlEntry {
                serial,
                id,
                generation,
                public_key,
                date: item.date,
                reason: item.reason,
                invalidity_date: item.invalidity_date,
                not_after,
            }
        })
        .collect();
    sort(&mut entries);
    entries
}
