//! rustls-webpki, on aws-lc, which knows ML-DSA.

use std::fs;
use std::time::Duration;

use pkiform::catalog::KeyAlgorithm;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::path::{CLIENT_AUTH, Finding, Judged, SERVER_AUTH};

/// It has no Ed448, and judges CAs only on the way to what they issue.
pub(super) fn reads(judged: &Judged) -> bool {
    !judged.is_ca && !judged.has_key(|key| key == KeyAlgorithm::Ed448)
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    all.iter()
        .filter_map(|judged| verify(judged).err().map(|text| judged.finding(text)))
        .collect()
}

fn verify(judged: &Judged) -> Result<(), String> {
    let path: Vec<CertificateDer<'static>> = judged
        .path
        .iter()
        .map(|(file, _)| CertificateDer::from(fs::read(file).unwrap()))
        .collect();
    let (Some(leaf), Some(root)) = (path.first(), path.last()) else {
        return Err("no path".to_owned());
    };
    let chain = path.get(1..path.len() - 1).unwrap_or_default();
    let anchors = [anchor_from_trusted_cert(root).map_err(|error| format!("root: {error}"))?];
    let leaf = EndEntityCert::try_from(leaf).map_err(|error| format!("leaf: {error}"))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(judged.moment().try_into().unwrap()));
    let mut usages: Vec<KeyUsage> = Vec::new();
    if judged.purposes.is_empty() || judged.serves(CLIENT_AUTH) {
        usages.push(KeyUsage::client_auth());
    }
    if judged.serves(SERVER_AUTH) {
        usages.push(KeyUsage::server_auth());
    }
    // The contents of the OIDs 1.3.6.1.5.5.7.3.n.
    for (purpose, oid) in [
        ("1.3.6.1.5.5.7.3.3", &[0x2b, 6, 1, 5, 5, 7, 3, 3]),
        ("1.3.6.1.5.5.7.3.4", &[0x2b, 6, 1, 5, 5, 7, 3, 4]),
        ("1.3.6.1.5.5.7.3.8", &[0x2b, 6, 1, 5, 5, 7, 3, 8]),
        ("1.3.6.1.5.5.7.3.9", &[0x2b, 6, 1, 5, 5, 7, 3, 9]),
    ] {
        if judged.serves(purpose) {
            usages.push(KeyUsage::required_if_present(oid));
        }
    }
    if usages.is_empty() {
        return Err("a purpose that the test does not know".to_owned());
    }
    for usage in usages {
        let verified = leaf
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &anchors,
                chain,
                time,
                usage,
                None,
                None,
            )
            .map_err(|error| format!("{error:?}"))?;
        if verified.intermediate_certificates().count() != chain.len() {
            return Err("takes a path that is not the whole one".to_owned());
        }
    }
    for host in &judged.hosts {
        let name =
            ServerName::try_from(host.as_str()).map_err(|error| format!("{host}: {error}"))?;
        leaf.verify_is_valid_for_subject_name(&name)
            .map_err(|error| format!("{host}: {error:?}"))?;
    }
    Ok(())
}
