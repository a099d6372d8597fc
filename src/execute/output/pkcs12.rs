//! `pkcs12`: key, certificate and chain under one passphrase (RFC 7292).

use zeroize::Zeroizing;

use crate::crypto;

use super::{Material, OutputError};

/// The PKCS#12 file.
pub(super) fn pkcs12(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    let key = material.key.ok_or(OutputError::NoKey)?;
    let passphrase = material.passphrase.ok_or(OutputError::NoPassphrase)?;
    let settings = &material.entity.pkcs12;
    let chain = material
        .issuer
        .map(|issuer| issuer.chain.as_slice())
        .unwrap_or_default();
    let file = crypto::pkcs12::build(
        key,
        material.certificate_der,
        chain,
        &settings.alias,
        passphrase,
        settings.encryption,
        material.randomness,
    )?;
    Ok(Zeroizing::new(file))
}
