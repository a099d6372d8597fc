//! A passphrase in memory: wiped when dropped, shown to nobody.

use std::fmt;

use zeroize::Zeroizing;

use super::CryptoError;

/// A secret. Its `Debug` is a row of stars, and it has no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes octets over.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// The octets, for the one who uses them up.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The octets as text without NUL, as OpenSSL and PKCS #12 (RFC 7292 §B.1) need a passphrase.
    pub(super) fn passphrase(&self) -> Result<&str, CryptoError> {
        let text = std::str::from_utf8(&self.0)
            .map_err(|_| CryptoError::UnfitPassphrase("is not UTF-8"))?;
        if text.contains('\0') {
            return Err(CryptoError::UnfitPassphrase("holds a NUL character"));
        }
        Ok(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
