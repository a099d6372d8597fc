//! A CA's CRL judged: whether it can be read, is the CA's, still holds, and lists what the lock says.

use crate::catalog::Artifact;
use crate::crypto::verify_signature;
use crate::hierarchy::{Entity, Hierarchy};
use crate::store::State;
use crate::x509::{Certificate, Crl, pem, serial};

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
        let mut wanted: Vec<&str> = listed
            .iter()
            .flat_map(|lock| &lock.entries)
            .map(|entry| entry.serial.as_str())
            .collect();
        let mut found: Vec<String> = crl
            .entries()
            .iter()
            .map(|entry| serial::to_hex(&entry.serial))
            .collect();
        wanted.sort_unstable();
        found.sort_unstable();
        if wanted != found {
            fault("does not list what the lock says".to_owned());
        }
        listed_by_it = found.len();
    }
    verdict.summary.revoked = verdict.summary.revoked.saturating_add(listed_by_it);
}
