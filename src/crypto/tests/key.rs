//! Keys are made, written and read back in every form.

use openssl::pkey::PKey;
use proptest::prelude::*;

use crate::catalog::KeyAlgorithm;
use crate::crypto::{CryptoError, PrivateKey, Randomness, Secret};
use crate::spec::Kdf;

/// One of each family and size that is made in little time.
pub(super) const QUICK: [KeyAlgorithm; 9] = [
    KeyAlgorithm::Rsa(2048),
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
    KeyAlgorithm::EcdsaP521,
    KeyAlgorithm::Ed25519,
    KeyAlgorithm::Ed448,
    KeyAlgorithm::MlDsa44,
    KeyAlgorithm::MlDsa65,
    KeyAlgorithm::MlDsa87,
];

#[test]
fn every_algorithm_survives_pem_and_der_and_names_itself() {
    for algorithm in QUICK {
        let key = PrivateKey::generate(algorithm).unwrap();
        assert_eq!(
            KeyAlgorithm::from_spki_der(key.public_der()),
            Some(algorithm)
        );
        let pem = key.to_pem().unwrap();
        let from_pem = PrivateKey::from_pem(&pem, None).unwrap();
        assert_eq!(from_pem.algorithm(), algorithm);
        assert_eq!(from_pem.public_der(), key.public_der());
        assert_eq!(
            from_pem.to_pem().unwrap(),
            pem,
            "{algorithm} is written the same again"
        );
        let from_der = PrivateKey::from_der(&key.to_der().unwrap()).unwrap();
        assert!(from_der.fits(key.public_der()));
        // What OpenSSL itself writes as PEM is what we write.
        let theirs = PKey::private_key_from_pem(&pem)
            .unwrap()
            .private_key_to_pem_pkcs8()
            .unwrap();
        assert_eq!(*pem, theirs, "{algorithm}");
        let public = PKey::public_key_from_pem(key.public_pem().as_bytes()).unwrap();
        assert_eq!(public.public_key_to_der().unwrap(), key.public_der());
    }
}

#[test]
fn an_elliptic_key_names_its_curve() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let curve = PKey::public_key_from_der(key.public_der())
        .unwrap()
        .ec_key()
        .unwrap();
    assert_eq!(
        curve.group().curve_name(),
        Some(openssl::nid::Nid::SECP384R1)
    );
    // id-ecPublicKey with the curve's OID, and no explicit parameters (RFC 5480 §2.1.1).
    assert_eq!(key.public_der().len(), 120);
}

#[test]
fn a_passphrase_is_asked_for_and_checked() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let secret = Secret::from("correct horse");
    for kdf in [Kdf::Pbkdf2, Kdf::Scrypt] {
        let pem = key
            .to_encrypted_pem(&secret, kdf, Randomness::System)
            .unwrap();
        assert!(pem.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        let read = PrivateKey::from_pem(&pem, Some(&secret)).unwrap();
        assert!(read.fits(key.public_der()));
        let missing = PrivateKey::from_pem(&pem, None).unwrap_err();
        assert!(
            matches!(missing, CryptoError::PassphraseNeeded),
            "{missing}"
        );
        let wrong = PrivateKey::from_pem(&pem, Some(&Secret::from("horse"))).unwrap_err();
        assert!(matches!(wrong, CryptoError::WrongPassphrase), "{wrong}");
    }
    let unfit = key
        .to_encrypted_pem(&Secret::from("a\0b"), Kdf::Pbkdf2, Randomness::System)
        .unwrap_err();
    assert!(matches!(unfit, CryptoError::UnfitPassphrase(_)), "{unfit}");
}

#[test]
fn older_pem_of_other_tools_is_read() {
    let ec = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let pkey = PKey::private_key_from_pem(&ec.to_pem().unwrap()).unwrap();
    let sec1 = pkey.ec_key().unwrap().private_key_to_pem().unwrap();
    assert!(sec1.starts_with(b"-----BEGIN EC PRIVATE KEY-----"));
    assert!(
        PrivateKey::from_pem(&sec1, None)
            .unwrap()
            .fits(ec.public_der())
    );
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    let old = pkey
        .ec_key()
        .unwrap()
        .private_key_to_pem_passphrase(cipher, b"pass")
        .unwrap();
    assert!(matches!(
        PrivateKey::from_pem(&old, None),
        Err(CryptoError::PassphraseNeeded)
    ));
    let read = PrivateKey::from_pem(&old, Some(&Secret::from("pass"))).unwrap();
    assert!(read.fits(ec.public_der()));
    let rsa = PrivateKey::generate(KeyAlgorithm::Rsa(2048)).unwrap();
    let pkey = PKey::private_key_from_pem(&rsa.to_pem().unwrap()).unwrap();
    let pkcs1 = pkey.rsa().unwrap().private_key_to_pem().unwrap();
    assert!(pkcs1.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
    assert!(
        PrivateKey::from_pem(&pkcs1, None)
            .unwrap()
            .fits(rsa.public_der())
    );
}

#[test]
fn what_is_no_key_is_an_error() {
    let no_key = PrivateKey::from_pem(b"hello", None).unwrap_err();
    assert!(matches!(no_key, CryptoError::NoPrivateKey), "{no_key}");
    let broken = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(
        PrivateKey::from_pem(broken, None),
        Err(CryptoError::OpenSsl { .. })
    ));
    let x25519 = PKey::generate_x25519()
        .unwrap()
        .private_key_to_pem_pkcs8()
        .unwrap();
    let unknown = PrivateKey::from_pem(&x25519, None).unwrap_err();
    assert!(
        matches!(unknown, CryptoError::UnknownKeyAlgorithm),
        "{unknown}"
    );
}

#[test]
fn nothing_secret_is_printed() {
    assert_eq!(format!("{:?}", Secret::from("hunter2")), "Secret(***)");
    let key = PrivateKey::generate(KeyAlgorithm::Ed25519).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(ed25519)");
}

proptest! {
    #[test]
    fn no_damage_to_a_key_file_makes_the_reader_panic(
        place in any::<prop::sample::Index>(), octet: u8, cut: bool, secret in "[a-z]{0,3}",
    ) {
        let mut pem = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap().to_pem().unwrap();
        let place = place.index(pem.len());
        pem[place] = octet;
        if cut {
            pem.truncate(place);
        }
        let _ = PrivateKey::from_pem(&pem, Some(&Secret::from(secret)));
        let _ = PrivateKey::from_der(&pem);
        let _ = crate::crypto::pkcs12::open(&pem, &Secret::from("a"));
    }
}
