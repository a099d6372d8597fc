//! The bytes of each artifact, one file a family of them.

mod certificates;
mod combined;
mod key;
mod kubernetes;
mod pkcs12;

use zeroize::Zeroizing;

use crate::catalog::Artifact;
use crate::crypto::{CryptoError, PrivateKey, Randomness, Secret};
use crate::hierarchy::Entity;

use super::ca::Ca;

/// What an entity's files are made of.
#[derive(Clone, Copy)]
pub(super) struct Material<'a> {
    /// The entity.
    pub(super) entity: &'a Entity,
    /// Its private key, if it is at hand.
    pub(super) key: Option<&'a PrivateKey>,
    /// The passphrase of its key file, if that is to be encrypted.
    pub(super) key_passphrase: Option<&'a Secret>,
    /// Its SubjectPublicKeyInfo, DER.
    pub(super) spki_der: &'a [u8],
    /// Its certificate, DER; empty for a bare key.
    pub(super) certificate_der: &'a [u8],
    /// Its certificate, PEM; empty for a bare key.
    pub(super) certificate_pem: &'a str,
    /// Its issuer; `None` for what is self-signed and for a bare key.
    pub(super) issuer: Option<&'a Ca>,
    /// The PEM of its `trust` bundle.
    pub(super) trust_pem: &'a str,
    /// The passphrase of its PKCS#12.
    pub(super) passphrase: Option<&'a Secret>,
    /// Where salts come from.
    pub(super) randomness: Randomness<'a>,
}

/// Why an artifact could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It needs the private key, which is not at hand.
    #[error("the private key is not there")]
    NoKey,
    /// It needs a passphrase, and the spec names none.
    #[error("the spec names no passphrase")]
    NoPassphrase,
    /// OpenSSL refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The bytes of one artifact; wiped when they are dropped.
pub(super) fn render(
    artifact: Artifact,
    material: &Material<'_>,
) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    match artifact {
        Artifact::Key => key::pem(material),
        Artifact::KeyDer => key::der(material),
        Artifact::PublicKey => Ok(key::public(material)),
        Artifact::Cert | Artifact::Hashed => Ok(certificates::cert(material)),
        Artifact::CertDer => Ok(certificates::cert_der(material)),
        Artifact::Chain => Ok(certificates::chain(material)),
        Artifact::Fullchain => Ok(certificates::fullchain(material)),
        Artifact::Ca => Ok(certificates::ca(material)),
        Artifact::Trust => Ok(certificates::trust(material)),
        Artifact::Pkcs12 => pkcs12::pkcs12(material),
        // They come last of all, when every serial number is known.
        Artifact::Crl | Artifact::CrlDer | Artifact::CrlHashed => Ok(Zeroizing::default()),
        Artifact::Combined => combined::combined(material),
        Artifact::Truststore => pkcs12::truststore(material),
        Artifact::KubernetesSecret => kubernetes::secret(material),
        Artifact::Nginx | Artifact::Mosquitto | Artifact::Postgresql | Artifact::Connection => {
            let text = material
                .entity
                .output(artifact)
                .and_then(|output| output.text.as_deref());
            Ok(Zeroizing::new(text.unwrap_or_default().as_bytes().to_vec()))
        }
    }
}
