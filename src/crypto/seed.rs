//! A seed, and what is derived from it: docs/derivation.md says the same for a reader in any language.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{CryptoError, Secret};
use crate::catalog::KeyAlgorithm;

/// The salt of HKDF (RFC 5869 §2.2): whose derivation it is, and its version, which nothing else changes.
const SALT: &[u8] = b"pkiform derivation v1";

/// The most octets that HKDF-Expand gives: 255 blocks (RFC 5869 §2.3). No purpose needs more.
const HKDF_MOST: usize = 255 * 32;

/// What everything of a reproducible PKI is derived from. Its `Debug` is a row of stars.
pub struct Seed(Secret);

impl Seed {
    /// The fewest octets that a seed may have.
    pub const MINIMUM: usize = 16;

    /// Takes a secret for a seed.
    ///
    /// # Errors
    /// [`CryptoError::ShortSeed`]
    pub fn new(secret: Secret) -> Result<Self, CryptoError> {
        match secret.expose().len() {
            octets if octets < Self::MINIMUM => Err(CryptoError::ShortSeed { octets }),
            _ => Ok(Self(secret)),
        }
    }

    /// Sixteen hexadecimal digits by which two seeds are told apart; the seed cannot be found from them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&*self.expand::<8>(&[b"fingerprint"]))
    }

    /// The octets that are derived for a purpose of an entity. `context` is the SHA-256 of what they are for, where the
    /// same entity uses up many: an issued certificate, an encrypted key.
    pub(super) fn derive<const N: usize>(
        &self,
        origin: &Origin<'_>,
        purpose: Purpose,
        context: Option<&[u8; 32]>,
    ) -> Zeroizing<[u8; N]> {
        let algorithm = origin.algorithm.to_string();
        let generation = origin.generation.to_string();
        let mut parts: Vec<&[u8]> = vec![
            origin.spec.as_bytes(),
            origin.env.unwrap_or_default().as_bytes(),
            origin.entity.as_bytes(),
            algorithm.as_bytes(),
            purpose.name().as_bytes(),
            generation.as_bytes(),
        ];
        parts.extend(context.map(<[u8; 32]>::as_slice));
        self.expand(&parts)
    }

    fn expand<const N: usize>(&self, parts: &[&[u8]]) -> Zeroizing<[u8; N]> {
        const { assert!(N <= HKDF_MOST, "HKDF does not give so many octets") };
        let mut octets = Zeroizing::new([0; N]);
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), self.0.expose());
        // It fails for no other cause than the length, which the compiler has checked.
        let _ = hkdf.expand(&info(parts), &mut *octets);
        octets
    }
}

/// The info string of HKDF: each part with its length before it, four octets, big-endian, so that no two lists of
/// parts run together.
pub(super) fn info(parts: &[&[u8]]) -> Vec<u8> {
    let mut info = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        info.extend(length.to_be_bytes());
        info.extend(*part);
    }
    info
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(***)")
    }
}

/// What a derived value belongs to: no two origins share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The spec's name.
    pub spec: &'a str,
    /// The environment, if one was chosen; its name is never empty.
    pub env: Option<&'a str>,
    /// The entity's id.
    pub entity: &'a str,
    /// The algorithm of its key.
    pub algorithm: KeyAlgorithm,
    /// The count of its keys.
    pub generation: u32,
}

/// What derived octets are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The private key.
    Key,
    /// The certificate's serial number.
    Serial,
    /// The salt and the IV of an encrypted key file.
    KeySalt,
    KeyIv,
    /// Those of the key within a PKCS #12 file.
    Pkcs12KeySalt,
    Pkcs12KeyIv,
    /// Those of the certificates within it.
    Pkcs12CertSalt,
    Pkcs12CertIv,
    /// The salt of its MAC.
    Pkcs12MacSalt,
}

impl Purpose {
    /// Its name in the info string.
    fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Serial => "serial",
            Self::KeySalt => "key-salt",
            Self::KeyIv => "key-iv",
            Self::Pkcs12KeySalt => "pkcs12-key-salt",
            Self::Pkcs12KeyIv => "pkcs12-key-iv",
            Self::Pkcs12CertSalt => "pkcs12-cert-salt",
            Self::Pkcs12CertIv => "pkcs12-cert-iv",
            Self::Pkcs12MacSalt => "pkcs12-mac-salt",
        }
    }
}
