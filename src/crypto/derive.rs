//! Private keys from derived octets, each family by its public standard.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcKey, EcPoint};
use openssl::pkey::{Id, KeyType, PKey, Private};
use zeroize::Zeroizing;

use super::curve::Curve;
use super::det_keygen::{self, Drbg};
use super::seed::{Origin, Purpose, Seed};
use super::{CryptoError, PrivateKey};
use crate::catalog::KeyAlgorithm;

/// The octets that seed C2SP det-keygen: 384 bits, what FIPS 186-5 asks for with P-521 and more than for any other.
const DET_KEYGEN_SEED: usize = 48;

/// The private key of an origin.
pub(super) fn key(seed: &Seed, origin: &Origin<'_>) -> Result<PrivateKey, CryptoError> {
    let pkey = match origin.algorithm {
        KeyAlgorithm::Rsa(bits) => rsa(&*octets::<DET_KEYGEN_SEED>(seed, origin), bits),
        KeyAlgorithm::EcdsaP256 => ecdsa(&*octets::<DET_KEYGEN_SEED>(seed, origin), Curve::P256),
        KeyAlgorithm::EcdsaP384 => ecdsa(&*octets::<DET_KEYGEN_SEED>(seed, origin), Curve::P384),
        KeyAlgorithm::EcdsaP521 => ecdsa(&*octets::<DET_KEYGEN_SEED>(seed, origin), Curve::P521),
        KeyAlgorithm::Ed25519 => edwards(&*octets::<32>(seed, origin), Id::ED25519),
        KeyAlgorithm::Ed448 => edwards(&*octets::<57>(seed, origin), Id::ED448),
        KeyAlgorithm::MlDsa44 => ml_dsa(&*octets::<32>(seed, origin), KeyType::ML_DSA_44),
        KeyAlgorithm::MlDsa65 => ml_dsa(&*octets::<32>(seed, origin), KeyType::ML_DSA_65),
        KeyAlgorithm::MlDsa87 => ml_dsa(&*octets::<32>(seed, origin), KeyType::ML_DSA_87),
    }?;
    PrivateKey::from_pkey(pkey)
}

fn octets<const N: usize>(seed: &Seed, origin: &Origin<'_>) -> Zeroizing<[u8; N]> {
    seed.derive(origin, Purpose::Key, None)
}

/// RFC 8032 §5.1.5 and §5.2.5: the secret octets are the key.
fn edwards(octets: &[u8], id: Id) -> Result<PKey<Private>, CryptoError> {
    PKey::private_key_from_raw_bytes(octets, id).map_err(CryptoError::openssl("derive a key"))
}

/// FIPS 204 algorithm 6: the seed ξ.
fn ml_dsa(octets: &[u8], key_type: KeyType) -> Result<PKey<Private>, CryptoError> {
    PKey::private_key_from_seed(None, key_type, None, octets)
        .map_err(CryptoError::openssl("derive a key"))
}

impl Curve {
    fn personalization(self) -> &'static [u8] {
        match self {
            #[cfg(test)]
            Self::P224 => b"det ECDSA key gen P-224",
            Self::P256 => b"det ECDSA key gen P-256",
            Self::P384 => b"det ECDSA key gen P-384",
            Self::P521 => b"det ECDSA key gen P-521",
        }
    }

    /// How often a number may lie beyond the order: once for P-256, where it happens in one of 2³² keys.
    fn tries(self) -> usize {
        if self == Self::P256 { 2 } else { 1 }
    }
}

/// C2SP det-keygen, ECDSA.
pub(super) fn ecdsa(seed: &[u8], curve: Curve) -> Result<PKey<Private>, CryptoError> {
    let failed = CryptoError::openssl("derive a key");
    let group = curve.group().map_err(&failed)?;
    let mut context = BigNumContext::new_secure().map_err(&failed)?;
    let mut order = BigNum::new().map_err(&failed)?;
    group.order(&mut order, &mut context).map_err(&failed)?;
    let bits = order.num_bits();
    let mut drbg = Drbg::new(seed, curve.personalization());
    for _ in 0..curve.tries() {
        let octets = drbg.octets(usize::try_from(bits).unwrap_or_default().div_ceil(8));
        let number = det_keygen::bits_to_number(&octets, bits).map_err(&failed)?;
        if number >= order {
            continue;
        }
        if number.num_bits() == 0 {
            break;
        }
        let mut public = EcPoint::new(group).map_err(&failed)?;
        public
            .mul_generator2(group, &number, &mut context)
            .map_err(&failed)?;
        return EcKey::from_private_components(group, &number, &public)
            .and_then(PKey::from_ec_key)
            .map_err(failed);
    }
    Err(CryptoError::NoKeyInSeed)
}

/// C2SP det-keygen, RSA.
pub(super) fn rsa(seed: &[u8], bits: u32) -> Result<PKey<Private>, CryptoError> {
    det_keygen::rsa(seed, bits)
        .and_then(PKey::from_rsa)
        .map_err(CryptoError::openssl("derive a key"))
}
