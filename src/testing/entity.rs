//! One entity of a PKI in memory, in the forms in which libraries take it.

use zeroize::Zeroizing;

use super::Error;
use crate::crypto::PrivateKey;
use crate::x509::pem;

/// An entity. A certificate that it lacks is empty: a bare key has none.
#[derive(Clone, Debug)]
pub struct Entity {
    pub(super) id: String,
    pub(super) is_ca: bool,
    pub(super) key: Option<PrivateKey>,
    /// Its certificate and those above it, the root last.
    pub(super) path: Vec<Vec<u8>>,
    /// Whether the last of the path is a root, so that no chain holds it.
    pub(super) rooted: bool,
}

impl Entity {
    /// Its id: `device-7`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// Its private key; `None` of a CA from elsewhere.
    #[must_use]
    pub fn key(&self) -> Option<&PrivateKey> {
        self.key.as_ref()
    }

    /// Its private key as PKCS #8, PEM; never encrypted, whatever the spec says of its file.
    ///
    /// # Errors
    /// It is a CA from elsewhere, or OpenSSL refuses.
    pub fn key_pem(&self) -> Result<Zeroizing<String>, Error> {
        let der = self.key_der()?;
        Ok(Zeroizing::new(pem::encode(pem::PRIVATE_KEY, &der)))
    }

    /// Its private key as PKCS #8, DER; never encrypted.
    ///
    /// # Errors
    /// As [`Self::key_pem`].
    pub fn key_der(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = self.key.as_ref().ok_or_else(|| {
            Error::new(format!(
                "`{}` is a CA from elsewhere, whose private key is not kept",
                self.id
            ))
        })?;
        key.to_der().map_err(|error| Error::new(error.to_string()))
    }

    /// Its certificate, DER; empty of a bare key.
    #[must_use]
    pub fn cert_der(&self) -> &[u8] {
        self.path.first().map_or(&[], Vec::as_slice)
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn cert_pem(&self) -> String {
        text(self.path.iter().take(1))
    }

    /// The certificates between it and its root, its issuer's first, DER.
    pub fn chain_der(&self) -> impl Iterator<Item = &[u8]> {
        self.chain().iter().map(Vec::as_slice)
    }

    /// The same, PEM; empty directly under a root.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        text(self.chain().iter())
    }

    /// Its certificate and its chain, as a TLS server sends them (RFC 8446 §4.4.2), DER.
    pub fn fullchain_der(&self) -> impl Iterator<Item = &[u8]> {
        self.path
            .first()
            .map(Vec::as_slice)
            .into_iter()
            .chain(self.chain_der())
    }

    /// The same, PEM.
    #[must_use]
    pub fn fullchain_pem(&self) -> String {
        self.cert_pem() + &self.chain_pem()
    }

    /// The root above it, DER: its own certificate if it is one; empty where the spec has no root above it.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        match self.path.last() {
            Some(root) if self.rooted => root,
            _ => &[],
        }
    }

    /// The same, PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        text(self.path.last().filter(|_| self.rooted).into_iter())
    }

    fn chain(&self) -> &[Vec<u8>] {
        let end = self.path.len().saturating_sub(usize::from(self.rooted));
        self.path.get(1..end).unwrap_or_default()
    }
}

fn text<'a>(certificates: impl Iterator<Item = &'a Vec<u8>>) -> String {
    pem::encode_all(pem::CERTIFICATE, certificates.map(Vec::as_slice))
}
