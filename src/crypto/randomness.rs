//! Where octets come from that nobody chose: OpenSSL's generator, or a seed.

use sha2::{Digest, Sha256};

use super::seed::Purpose;
use super::{CryptoError, Origin, PrivateKey, Seed, derive, random_bytes, random_serial};
use crate::catalog::KeyAlgorithm;
use crate::x509::serial;

/// The source of keys, serial numbers, salts and nonces.
#[derive(Clone, Copy, Debug)]
pub enum Randomness<'a> {
    /// OpenSSL's generator.
    System,
    /// A seed: the same octets whenever they are asked for.
    Seeded {
        /// The seed.
        seed: &'a Seed,
        /// What the octets belong to.
        origin: Origin<'a>,
    },
}

/// How the secret number in each ECDSA signature is chosen, and the like of it in ML-DSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonces {
    /// At random.
    Random,
    /// From the key and the message: ECDSA by RFC 6979, ML-DSA in its deterministic variant (FIPS 204 §3.4).
    Deterministic,
}

impl Randomness<'_> {
    /// A private key: a new one, or the origin's, of this algorithm whatever the origin names, so that two algorithms
    /// never share their octets.
    ///
    /// # Errors
    /// OpenSSL refuses the algorithm, or has no randomness.
    pub fn key(&self, algorithm: KeyAlgorithm) -> Result<PrivateKey, CryptoError> {
        match self {
            Self::System => PrivateKey::generate(algorithm),
            Self::Seeded { seed, origin } => {
                let origin = Origin {
                    algorithm,
                    ..*origin
                };
                derive::key(seed, &origin)
            }
        }
    }

    /// A serial number: 16 octets, positive, 126 bits of them random or derived (RFC 5280 §4.1.2.2). What is derived
    /// depends on the whole certificate but for its serial, so that no two certificates share one.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn serial(&self, tbs_without_serial: &[u8]) -> Result<[u8; serial::LENGTH], CryptoError> {
        match self {
            Self::System => random_serial(),
            Self::Seeded { .. } => self
                .octets(Purpose::Serial, tbs_without_serial)
                .map(serial::from_random),
        }
    }

    /// How signatures are made.
    #[must_use]
    pub fn nonces(&self) -> Nonces {
        match self {
            Self::System => Nonces::Random,
            Self::Seeded { .. } => Nonces::Deterministic,
        }
    }

    /// Octets that are no secret, for a purpose with this content.
    pub(super) fn octets<const N: usize>(
        &self,
        purpose: Purpose,
        content: &[u8],
    ) -> Result<[u8; N], CryptoError> {
        match self {
            Self::System => random_bytes(),
            Self::Seeded { seed, origin } => {
                let context = Sha256::digest(content).into();
                Ok(*seed.derive(origin, purpose, Some(&context)))
            }
        }
    }
}
