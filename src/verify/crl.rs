//! A CA's CRL judged: whether it can be read, is the CA's, still holds, and lists what the lock says.

use std::collections::BTreeMap;

use crate::catalog::Artifact;
use crate::crypto::verify_signature;
use crate::hierarchy::{Entity, Hierarchy};
use crate::store::{CrlLock, State};
use crate::x509::{Certificate, Crl, CrlItem, pem, serial};

use super::verdict::{Check, Verdict};

/// Judges the CRL files of a CA. `ca` is its certificate.
pub(super) fn crl(
    hierarchy: &Hierarchy,
    entity: &Entity,
    ca: &Certificate,
    state: &State,
    verdict: &mut Verdict,
) {
    // PEM and DER hold the same list.
    let mut listed_by_it = 0_usize;
    for output in entity.outputs.iter().filter(|one| one.artifact.is_crl()) {
        // What is missing or was changed, the lock says.
        let Ok(Some(octets)) = state.read_file(&output.path) else {
            continue;
        };
        let path = state.dir().join(&output.path);
        let der = match output.artifact {
            Artifact::CrlDer => Some(octets),
            _ => pem::decode(&octets)
                .unwrap_or_default()
                .into_iter()
                .find(|block| block.label == pem::CRL)
                .map(|block| block.der),
        };
        let Some(crl) = der.and_then(|der| Crl::parse(&der).ok()) else {
            let message = format!("{path} holds no CRL that can be read");
            verdict.push(
                Check::failed("crl", &entity.id, message)
                    .help("the next `pkiform apply` issues one"),
            );
            continue;
        };
        let mut fault = |message: String| {
            verdict.push(Check::failed(
                "crl",
                &entity.id,
                format!("{path} {message}"),
            ));
        };
        let signed = verify_signature(
            crl.tbs_der(),
            crl.signature(),
            ca.spki_der(),
            crl.signature_algorithm(),
        );
        if crl.issuer_der() != ca.subject_der() || !signed.unwrap_or(false) {
            fault("is not signed by its CA's present key".to_owned());
        }
        if let Some(next) = crl.next_update().filter(|next| *next <= hierarchy.now()) {
            fault(format!("held until {next} only"));
        }
        let listed = state
            .locked(&entity.id)
            .and_then(|entry| entry.crl.as_ref());
        if let Some(lock) = listed {
            against_lock(&crl, lock, &mut fault);
        }
        listed_by_it = crl.entries().len();
    }
    verdict.summary.revoked = verdict.summary.revoked.saturating_add(listed_by_it);
}

/// What a CRL says, and the lock otherwise.
fn against_lock(crl: &Crl, lock: &CrlLock, fault: &mut impl FnMut(String)) {
    let number = lock.number.to_be_bytes();
    let significant = number.iter().skip_while(|octet| **octet == 0);
    let found = crl.number().unwrap_or_default();
    if !significant.eq(found.iter().skip_while(|octet| **octet == 0)) {
        fault(format!("has not the number {} of the lock", lock.number));
    }
    if crl.this_update() != lock.this_update || crl.next_update() != Some(lock.next_update) {
        fault("has other dates than the lock says".to_owned());
    }
    let by_serial = |items: Vec<CrlItem>| -> BTreeMap<String, CrlItem> {
        let keyed = items
            .into_iter()
            .map(|item| (serial::to_hex(&item.serial), item));
        keyed.collect()
    };
    let found = by_serial(crl.entries().to_vec());
    let wanted = lock.entries.iter().map(|entry| CrlItem {
        serial: serial::from_hex(&entry.serial).unwrap_or_default(),
        date: entry.date,
        reason: entry.reason,
        invalidity_date: entry.invalidity_date,
    });
    let wanted = by_serial(wanted.collect());
    for serial in wanted.keys().filter(|serial| !found.contains_key(*serial)) {
        fault(format!(
            "does not list {serial}, which the lock says is revoked"
        ));
    }
    for (serial, item) in &found {
        match wanted.get(serial) {
            None => fault(format!("lists {serial}, which the lock does not")),
            Some(wanted)
                if (wanted.date, wanted.reason, wanted.invalidity_date)
                    != (item.date, item.reason, item.invalidity_date) =>
            {
                fault(format!("says of {serial} another thing than the lock"));
            }
            Some(_) => {}
        }
    }
}
