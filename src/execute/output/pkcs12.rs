//! `pkcs12`: key, certificate and chain under one passphrase (RFC 7292); `truststore`: anchors alone, as Java reads them.

use zeroize::Zeroizing;

use crate::crypto;

use super::{Material, OutputError, certificates};
use crate::x509::pem;

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

/// The anchors of the `trust` bundle. They are no secret, so the file has neither encryption nor MAC: Java takes it under
/// any password and under none, and it is the same whenever it is written.
pub(super) fn truststore(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    let ders = pem::certificates(&certificates::trust(material)).unwrap_or_default();
    Ok(Zeroizing::new(crypto::pkcs12::truststore(&ders)?))
}
