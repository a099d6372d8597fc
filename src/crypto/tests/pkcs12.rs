//! PKCS #12 files open with their passphrase, and only with it.

use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Name};

use super::derive::{seed, seeded};
use crate::catalog::KeyAlgorithm;
use crate::crypto::pkcs12::{build, open};
use crate::crypto::{CryptoError, Nonces, PrivateKey, Randomness, Secret};
use crate::spec::Pkcs12Encryption;

#[test]
fn a_key_with_its_chain_comes_back_under_either_encryption() {
    let secret = Secret::from("gr\u{fc}n \u{1f511}");
    let seed = seed();
    for algorithm in [
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::Rsa(2048),
        KeyAlgorithm::Ed25519,
        KeyAlgorithm::MlDsa65,
    ] {
        let key = PrivateKey::generate(algorithm).unwrap();
        let leaf = certificate(&key, "device-1");
        let issuer_key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let chain = [
            certificate(&issuer_key, "intermediate"),
            certificate(&issuer_key, "root"),
        ];
        for encryption in [Pkcs12Encryption::Modern, Pkcs12Encryption::Legacy] {
            for randomness in [Randomness::System, seeded(&seed)] {
                let make = || {
                    build(
                        &key,
                        &leaf,
                        &chain,
                        "ger\u{e4}t \u{20ac} 1",
                        &secret,
                        encryption,
                        randomness,
                    )
                    .unwrap()
                };
                let file = make();
                assert_eq!(file == make(), randomness.nonces() == Nonces::Deterministic);
                let contents = open(&file, &secret).unwrap();
                assert!(contents.key.unwrap().fits(key.public_der()));
                assert_eq!(contents.certificate.as_deref(), Some(leaf.as_slice()));
                assert_eq!(contents.chain, chain);
                assert_eq!(contents.alias.as_deref(), Some("ger\u{e4}t \u{20ac} 1"));
                let wrong = open(&file, &Secret::from("12345")).unwrap_err();
                assert!(matches!(wrong, CryptoError::WrongPassphrase), "{wrong}");
            }
        }
    }
}

#[test]
fn what_the_format_cannot_hold_is_an_error() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let other = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let leaf = certificate(&key, "a");
    let none: [Vec<u8>; 0] = [];
    let seed = seed();
    let try_build = |key, der: &[u8], alias, secret: &Secret| {
        let build = |randomness| {
            let modern = Pkcs12Encryption::Modern;
            build(key, der, &none, alias, secret, modern, randomness).unwrap_err()
        };
        let (seeded, random) = (build(seeded(&seed)), build(Randomness::System));
        if !matches!(random, CryptoError::OpenSsl { .. }) {
            assert_eq!(seeded.to_string(), random.to_string());
        }
        random
    };
    let good = Secret::from("1234");
    for alias in ["a\0b", "a \u{1f511}"] {
        assert!(matches!(
            try_build(&key, &leaf, alias, &good),
            CryptoError::UnfitAlias
        ));
    }
    let nul = Secret::from("a\0b");
    assert!(matches!(
        try_build(&key, &leaf, "a", &nul),
        CryptoError::UnfitPassphrase(_)
    ));
    let bytes = Secret::new(vec![0xff]);
    assert!(matches!(
        try_build(&key, &leaf, "a", &bytes),
        CryptoError::UnfitPassphrase(_)
    ));
    assert!(matches!(
        try_build(&key, b"no", "a", &good),
        CryptoError::OpenSsl { .. }
    ));
    // A certificate of another key is refused by OpenSSL itself.
    assert!(matches!(
        try_build(&other, &leaf, "a", &good),
        CryptoError::OpenSsl { .. }
    ));
    assert!(open(b"no PKCS #12", &good).is_err());
}

/// A certificate made by OpenSSL alone.
fn certificate(key: &PrivateKey, name: &str) -> Vec<u8> {
    let pkey = PKey::private_key_from_pkcs8(&key.to_der().unwrap()).unwrap();
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(1).unwrap())
        .unwrap();
    builder.set_pubkey(&pkey).unwrap();
    let digest = match key.algorithm() {
        KeyAlgorithm::Ed25519 | KeyAlgorithm::MlDsa65 => MessageDigest::null(),
        _ => MessageDigest::sha256(),
    };
    builder.sign(&pkey, digest).unwrap();
    builder.build().to_der().unwrap()
}
