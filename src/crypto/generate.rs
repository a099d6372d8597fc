//! New keys, a family each.

use openssl::ec::EcKey;
use openssl::error::ErrorStack;
use openssl::pkey::{KeyType, PKey, Private};
use openssl::rsa::Rsa;
use zeroize::Zeroizing;

use super::curve::Curve;
use super::{CryptoError, random_bytes};
use crate::catalog::KeyAlgorithm;

/// The octets of the seed from which an ML-DSA key is made (FIPS 204 §5.1).
const ML_DSA_SEED: usize = 32;

/// A new key of this algorithm.
pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<PKey<Private>, CryptoError> {
    let made = match algorithm {
        KeyAlgorithm::Rsa(bits) => Rsa::generate(bits).and_then(PKey::from_rsa),
        KeyAlgorithm::EcdsaP256 => ecdsa(Curve::P256),
        KeyAlgorithm::EcdsaP384 => ecdsa(Curve::P384),
        KeyAlgorithm::EcdsaP521 => ecdsa(Curve::P521),
        KeyAlgorithm::Ed25519 => PKey::generate_ed25519(),
        KeyAlgorithm::Ed448 => PKey::generate_ed448(),
        KeyAlgorithm::MlDsa44 => return ml_dsa(KeyType::ML_DSA_44),
        KeyAlgorithm::MlDsa65 => return ml_dsa(KeyType::ML_DSA_65),
        KeyAlgorithm::MlDsa87 => return ml_dsa(KeyType::ML_DSA_87),
    };
    made.map_err(CryptoError::openssl("make a key"))
}

/// By `EcKey` rather than `PKey::ec_gen`: measured, such a key is made and written in two thirds of the time.
fn ecdsa(curve: Curve) -> Result<PKey<Private>, ErrorStack> {
    EcKey::generate(curve.group()?).and_then(PKey::from_ec_key)
}

/// The openssl crate has no key generation by name; a key from a random seed is the same thing (FIPS 204 algorithm 1).
fn ml_dsa(key_type: KeyType) -> Result<PKey<Private>, CryptoError> {
    let seed = Zeroizing::new(random_bytes::<ML_DSA_SEED>()?);
    PKey::private_key_from_seed(None, key_type, None, &*seed)
        .map_err(CryptoError::openssl("make a key"))
}
