//! Randomness, from OpenSSL's generator.

use openssl::rand::rand_bytes;

use super::CryptoError;
use crate::x509::serial;

/// So many random octets.
///
/// # Errors
/// The system has no randomness to give.
#[expect(
    clippy::disallowed_methods,
    reason = "the door through which randomness comes"
)]
pub fn random_bytes<const N: usize>() -> Result<[u8; N], CryptoError> {
    let mut octets = [0; N];
    rand_bytes(&mut octets).map_err(CryptoError::openssl("get random octets"))?;
    Ok(octets)
}

/// A new serial number: 16 octets, positive, 126 random bits (RFC 5280 §4.1.2.2).
///
/// # Errors
/// The system has no randomness to give.
pub fn random_serial() -> Result<[u8; serial::LENGTH], CryptoError> {
    random_bytes().map(serial::from_random)
}
