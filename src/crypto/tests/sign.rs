//! Signatures hold for what was signed and for nothing else.

use spki::AlgorithmIdentifierOwned;

use super::key::QUICK;
use crate::catalog::{Digest, KeyAlgorithm, signature_algorithm};
use crate::crypto::{CryptoError, Nonces, PrivateKey, random_serial, verify_signature};

#[test]
fn every_algorithm_and_digest_signs_and_a_changed_byte_is_seen() {
    for algorithm in QUICK {
        let key = PrivateKey::generate(algorithm).unwrap();
        for digest in [
            None,
            Some(Digest::Sha256),
            Some(Digest::Sha384),
            Some(Digest::Sha512),
        ] {
            let named = signature_algorithm(algorithm, digest);
            let mut signature = key.sign(b"to be signed", digest, Nonces::Random).unwrap();
            let holds = |tbs: &[u8], signature: &[u8]| {
                verify_signature(tbs, signature, key.public_der(), &named).unwrap()
            };
            assert!(holds(b"to be signed", &signature), "{algorithm} {digest:?}");
            assert!(
                !holds(b"to be sighed", &signature),
                "{algorithm} {digest:?}"
            );
            signature[0] ^= 1;
            assert!(
                !holds(b"to be signed", &signature),
                "{algorithm} {digest:?}"
            );
            assert!(!holds(b"to be signed", b""), "{algorithm} {digest:?}");
        }
    }
}

#[test]
fn an_algorithm_of_another_family_is_refused() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let signature = key.sign(b"x", None, Nonces::Random).unwrap();
    let rsa: AlgorithmIdentifierOwned = signature_algorithm(KeyAlgorithm::Rsa(2048), None);
    let error = verify_signature(b"x", &signature, key.public_der(), &rsa).unwrap_err();
    assert!(
        matches!(error, CryptoError::UnknownSignatureAlgorithm(_)),
        "{error}"
    );
    assert!(verify_signature(b"x", &signature, b"no key", &rsa).is_err());
}

#[test]
fn serials_are_sixteen_octets_and_positive() {
    let serials: Vec<_> = (0..100).map(|_| random_serial().unwrap()).collect();
    for serial in &serials {
        assert_eq!(serial[0] & 0xc0, 0x40);
        assert_eq!(serials.iter().filter(|other| *other == serial).count(), 1);
    }
}
