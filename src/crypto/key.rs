//! A private key with its public half, kept as OpenSSL's own object from making to signing.

use std::fmt;

use openssl::pkey::{PKey, PKeyRef, Private};
use zeroize::Zeroizing;

use super::{CryptoError, Secret, encrypt, generate};
use crate::catalog::KeyAlgorithm;
use crate::x509::pem;

/// A private key. Its `Debug` names the algorithm alone.
#[derive(Clone)]
pub struct PrivateKey {
    pkey: PKey<Private>,
    algorithm: KeyAlgorithm,
    public_der: Vec<u8>,
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// OpenSSL refuses the algorithm, or has no randomness.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, CryptoError> {
        let pkey = generate::generate(algorithm)?;
        let public_der = public_der(&pkey)?;
        Ok(Self {
            pkey,
            algorithm,
            public_der,
        })
    }

    /// Reads PEM: PKCS #8, plain or encrypted, SEC 1 (`EC PRIVATE KEY`) and PKCS #1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// There is no private key, its algorithm has no name in a spec, or the passphrase is missing or wrong.
    pub fn from_pem(pem: &[u8], passphrase: Option<&Secret>) -> Result<Self, CryptoError> {
        let encrypted = encrypt::is_encrypted(pem);
        let secret = match (encrypted, passphrase) {
            (true, None) => return Err(CryptoError::PassphraseNeeded),
            (true, Some(secret)) => secret.expose(),
            // Without a call-back OpenSSL would ask on the terminal.
            (false, _) => &[],
        };
        if !contains(pem, b"PRIVATE KEY-----") {
            return Err(CryptoError::NoPrivateKey);
        }
        let read = PKey::private_key_from_pem_callback(pem, |buffer| {
            let Some(start) = buffer.get_mut(..secret.len()) else {
                return Ok(0);
            };
            start.copy_from_slice(secret);
            Ok(secret.len())
        });
        match read {
            Ok(pkey) => Self::from_pkey(pkey),
            Err(_) if encrypted => Err(CryptoError::WrongPassphrase),
            Err(source) => Err(CryptoError::OpenSsl {
                action: "read the private key",
                source,
            }),
        }
    }

    /// Reads the DER of a plain key: PKCS #8, SEC 1 or PKCS #1.
    ///
    /// # Errors
    /// It is no key, or its algorithm has no name in a spec.
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        PKey::private_key_from_der(der)
            .map_err(CryptoError::openssl("read the private key"))
            .and_then(Self::from_pkey)
    }

    pub(super) fn from_pkey(pkey: PKey<Private>) -> Result<Self, CryptoError> {
        let public_der = public_der(&pkey)?;
        let algorithm =
            KeyAlgorithm::from_spki_der(&public_der).ok_or(CryptoError::UnknownKeyAlgorithm)?;
        Ok(Self {
            pkey,
            algorithm,
            public_der,
        })
    }

    /// The DER of PKCS #8 (RFC 5958).
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let der = self.pkey.private_key_to_pkcs8();
        der.map(Zeroizing::new)
            .map_err(CryptoError::openssl("write the private key"))
    }

    /// PKCS #8 as PEM, not encrypted.
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn to_pem(&self) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let der = self.to_der()?;
        Ok(Zeroizing::new(
            pem::encode(pem::PRIVATE_KEY, &der).into_bytes(),
        ))
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_der(&self) -> &[u8] {
        &self.public_der
    }

    /// The SubjectPublicKeyInfo as PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem::encode(pem::PUBLIC_KEY, &self.public_der)
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Whether this is the key to a SubjectPublicKeyInfo.
    #[must_use]
    pub fn fits(&self, spki_der: &[u8]) -> bool {
        self.public_der == spki_der
            || PKey::public_key_from_der(spki_der).is_ok_and(|public| self.pkey.public_eq(&public))
    }

    pub(super) fn pkey(&self) -> &PKeyRef<Private> {
        &self.pkey
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.algorithm)
    }
}

fn public_der(pkey: &PKeyRef<Private>) -> Result<Vec<u8>, CryptoError> {
    pkey.public_key_to_der()
        .map_err(CryptoError::openssl("write the public key"))
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
