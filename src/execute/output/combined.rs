//! `combined`: certificate, chain and private key in one PEM file, as HAProxy's `crt` takes it.

use zeroize::Zeroizing;

use super::{Material, OutputError, certificates, key};

pub(super) fn combined(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    let fullchain = certificates::fullchain(material);
    let key = key::pem(material)?;
    // In one piece, so that no half of it is left behind by growing.
    let mut all = Zeroizing::new(Vec::with_capacity(
        fullchain.len().saturating_add(key.len()),
    ));
    all.extend_from_slice(&fullchain);
    all.extend_from_slice(&key);
    Ok(all)
}
