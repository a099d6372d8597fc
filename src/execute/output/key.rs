//! Key files: `key` (PKCS#8 in PEM, encrypted if the spec says so), `key-der`, `public-key`.

use zeroize::Zeroizing;

use crate::x509::pem;

use super::{Material, OutputError};

/// The private key as PEM (RFC 7468 §10), or encrypted by PBES2 (§11).
pub(super) fn pem(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    let key = material.key.ok_or(OutputError::NoKey)?;
    let Some(encryption) = &material.entity.key_encryption else {
        return Ok(key.to_pem()?);
    };
    let passphrase = material.key_passphrase.ok_or(OutputError::NoPassphrase)?;
    Ok(key.to_encrypted_pem(passphrase, encryption.kdf, material.randomness)?)
}

/// The private key as DER.
pub(super) fn der(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    Ok(material.key.ok_or(OutputError::NoKey)?.to_der()?)
}

/// The public key as PEM (RFC 7468 §13).
pub(super) fn public(material: &Material<'_>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(pem::encode(pem::PUBLIC_KEY, material.spki_der).into_bytes())
}
