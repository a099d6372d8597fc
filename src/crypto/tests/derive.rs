//! Keys, signatures and salts from a seed: the standards' own vectors, and that nothing is shared or drawn anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use openssl::pkey::{PKey, Private};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use spki::AlgorithmIdentifierOwned;

use super::key::QUICK;
use crate::catalog::{Digest, KeyAlgorithm, signature_algorithm};
use crate::crypto::curve::Curve;
use crate::crypto::derive;
use crate::crypto::seed::{Purpose, info};
use crate::crypto::{
    CryptoError, Nonces, Origin, PrivateKey, Randomness, Secret, Seed, verify_signature,
};
use crate::spec::Kdf;

pub(super) fn seed() -> Seed {
    Seed::new(Secret::from("sixteen octets or more")).unwrap()
}

const ORIGIN: Origin<'static> = Origin {
    spec: "spec",
    env: None,
    entity: "device-1",
    algorithm: KeyAlgorithm::EcdsaP256,
    generation: 1,
};

pub(super) fn seeded(seed: &Seed) -> Randomness<'_> {
    Randomness::Seeded {
        seed,
        origin: ORIGIN,
    }
}

fn of(seed: &Seed, algorithm: KeyAlgorithm) -> PrivateKey {
    let origin = Origin {
        algorithm,
        ..ORIGIN
    };
    Randomness::Seeded { seed, origin }.key(algorithm).unwrap()
}

/// Some of C2SP's vectors: curve or size, seed, SHA-256 of the key as PKCS #8. The last of P-256 overflows once.
const VECTORS: &[(&str, &str, &str)] = &[
    (
        "secp224r1",
        "42424242424242424242424242424242",
        "51b176b276e1e8851f11b12f02072858087636b1681c9b459f58f881f866893c",
    ),
    (
        "secp256r1",
        "424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242",
        "0b4444281d512d22d7dcdbab923193913319c7d7bf9edf9442f17ca97ba57b0a",
    ),
    (
        "secp256r1",
        "b432f9be30890480298218510559aed7",
        "f668969e010f15bfc4c138acf7f2b521fe65696339bea05eae09bf43f12c64fc",
    ),
    (
        "secp384r1",
        "424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242",
        "b2a4fe5d90a9db41c3a4b795bf524735138a2f1d922afc6cd6e19715fce3e463",
    ),
    (
        "secp521r1",
        "424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242",
        "8d6b3f55b22e9e1bacd0925d38da8c8ba27f2063268146f52d9f60242b74728f",
    ),
    (
        "2048",
        "5e5d94fba9a4686328b2af3d7a92736e",
        "e81b5a0fdfb9e83ddec581598df84400047dc979f4c82bd142b0aca29a51ba2e",
    ),
    (
        "2064",
        "95e743c1d5bc006e16dc1cb719bb9af0",
        "388e82b7219dbec7a3b6d7c1f225bb9e6d980ed97450c78ec0d907e94bbca5d5",
    ),
];

fn det_keygen(kind: &str, seed: &[u8]) -> PKey<Private> {
    match kind {
        "secp224r1" => derive::ecdsa(seed, Curve::P224),
        "secp256r1" => derive::ecdsa(seed, Curve::P256),
        "secp384r1" => derive::ecdsa(seed, Curve::P384),
        "secp521r1" => derive::ecdsa(seed, Curve::P521),
        bits => derive::rsa(seed, bits.parse().unwrap()),
    }
    .unwrap()
}

#[test]
fn det_keygen_gives_the_standard_s_keys() {
    for (kind, seed, wanted) in VECTORS {
        let seed = HEXLOWER.decode(seed.as_bytes()).unwrap();
        let der = det_keygen(kind, &seed).private_key_to_pkcs8().unwrap();
        assert_eq!(HEXLOWER.encode(&Sha256::digest(&der)), *wanted, "{kind}");
    }
}

#[derive(Deserialize)]
struct Vector {
    curve: Option<String>,
    bits: Option<u32>,
    seed: String,
    private_key_pkcs8: String,
}

/// All vectors of the standard, where `PKIFORM_VECTORS` names the folder that has its two files.
#[test]
fn det_keygen_gives_all_keys_of_the_standard() {
    let Some(folder) = std::env::var_os("PKIFORM_VECTORS") else {
        return;
    };
    let mut tried = 0;
    for file in ["det-keygen-ecdsa.json", "det-keygen-rsa.json"] {
        let text = fs::read_to_string(Path::new(&folder).join(file)).unwrap();
        let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
        for vector in vectors {
            let kind = vector
                .curve
                .unwrap_or_else(|| vector.bits.unwrap().to_string());
            let seed = BASE64.decode(vector.seed.as_bytes()).unwrap();
            let wanted = BASE64.decode(vector.private_key_pkcs8.as_bytes()).unwrap();
            let der = det_keygen(&kind, &seed).private_key_to_pkcs8().unwrap();
            assert_eq!(der, wanted, "{kind} {}", vector.seed);
            tried += 1;
        }
    }
    assert_eq!(tried, 42);
}

/// The values of the example in docs/derivation.md, by their names, those of a heading's second line joined on.
fn example() -> Vec<(String, String)> {
    let text = include_str!("../../../docs/derivation.md");
    let (_, example) = text.split_once("## An example").unwrap();
    let mut values: Vec<(String, String)> = Vec::new();
    for line in example.lines().filter_map(|line| line.strip_prefix("    ")) {
        match (line.strip_prefix("             "), line.split_once("  ")) {
            (Some(more), _) => values.last_mut().unwrap().1.push_str(more.trim()),
            (None, Some((name, value))) => values.push((name.to_owned(), value.trim().to_owned())),
            (None, None) => panic!("{line}"),
        }
    }
    values
}

#[test]
fn the_example_of_the_docs_is_what_is_derived() {
    let example = example();
    let said = |name: &str, nth: usize| {
        let mut found = example.iter().filter(|(named, _)| named == name);
        found.nth(nth).unwrap().1.replace(' ', "")
    };
    let text = &example.iter().find(|(name, _)| name == "seed").unwrap().1;
    let seed = Seed::new(Secret::from(text.as_str())).unwrap();
    let origin = Origin {
        spec: "example",
        env: None,
        entity: "www",
        algorithm: KeyAlgorithm::EcdsaP256,
        generation: 1,
    };
    let octets = seed.derive::<48>(&origin, Purpose::Key, None);
    assert_eq!(HEXLOWER.encode(&*octets), said("octets", 0));
    let key = Randomness::Seeded {
        seed: &seed,
        origin,
    };
    let made = key.key(KeyAlgorithm::EcdsaP256).unwrap();
    let number = made.pkey().ec_key().unwrap().private_key().to_vec();
    assert_eq!(HEXLOWER.encode(&number), said("private key", 0));
    let edwards = key.key(KeyAlgorithm::Ed25519).unwrap();
    let octets = edwards.pkey().raw_private_key().unwrap();
    assert_eq!(HEXLOWER.encode(&octets), said("octets", 1));
    let context = Sha256::digest(b"abc").into();
    let serial = seed.derive::<16>(&origin, Purpose::Serial, Some(&context));
    assert_eq!(HEXLOWER.encode(&*serial), said("octets", 2));
    let serial = key.serial(b"abc").unwrap();
    assert_eq!(HEXLOWER.encode(&serial), said("serial", 0));
    assert_eq!(seed.fingerprint(), said("fingerprint", 0));
    let info = info(&[b"example", b"", b"www", b"ecdsa-p256", b"key", b"1"]);
    assert_eq!(HEXLOWER.encode(&info), said("info", 0));
}

#[test]
fn each_part_of_an_origin_gives_another_key() {
    let seed = seed();
    let other = Seed::new(Secret::from("sixteen octets and more")).unwrap();
    let key = |seed: &Seed, origin: Origin<'_>| {
        let randomness = Randomness::Seeded { seed, origin };
        randomness
            .key(origin.algorithm)
            .unwrap()
            .public_der()
            .to_vec()
    };
    let origins = [
        ORIGIN,
        Origin {
            spec: "spe",
            ..ORIGIN
        },
        Origin {
            env: Some("prod"),
            ..ORIGIN
        },
        Origin {
            env: Some("pro"),
            ..ORIGIN
        },
        Origin {
            entity: "device-2",
            ..ORIGIN
        },
        Origin {
            spec: "specd",
            entity: "evice-1",
            ..ORIGIN
        },
        Origin {
            generation: 2,
            ..ORIGIN
        },
        Origin {
            algorithm: KeyAlgorithm::EcdsaP384,
            ..ORIGIN
        },
    ];
    let mut keys: BTreeSet<Vec<u8>> = origins.map(|origin| key(&seed, origin)).into();
    assert_eq!(keys.len(), origins.len());
    assert!(keys.insert(key(&other, ORIGIN)));
    assert!(!keys.insert(key(&seed, ORIGIN)), "the same again");
}

/// RFC 8032 and FIPS 204: the octets are what OpenSSL writes as the key, or as its seed.
#[test]
fn derived_octets_are_the_key() {
    let seed = seed();
    let octets = |algorithm| {
        let origin = Origin {
            algorithm,
            ..ORIGIN
        };
        seed.derive::<57>(&origin, Purpose::Key, None)
    };
    for (algorithm, length) in [
        (KeyAlgorithm::Ed25519, 32),
        (KeyAlgorithm::Ed448, 57),
        (KeyAlgorithm::MlDsa44, 32),
        (KeyAlgorithm::MlDsa65, 32),
        (KeyAlgorithm::MlDsa87, 32),
    ] {
        // A shorter row of HKDF's octets is the beginning of a longer one.
        let octets = octets(algorithm);
        let der = of(&seed, algorithm).to_der().unwrap();
        let found = der
            .windows(length)
            .any(|window| window == &octets[..length]);
        assert!(found, "{algorithm}");
    }
}

#[test]
fn the_algorithm_that_is_asked_for_is_the_one_of_the_octets() {
    let seed = seed();
    let edwards = seeded(&seed).key(KeyAlgorithm::Ed25519).unwrap();
    assert_eq!(
        *edwards.to_der().unwrap(),
        *of(&seed, KeyAlgorithm::Ed25519).to_der().unwrap()
    );
}

#[test]
fn no_two_purposes_share_their_octets() {
    let seed = seed();
    let purposes = [
        Purpose::Key,
        Purpose::Serial,
        Purpose::KeySalt,
        Purpose::KeyIv,
        Purpose::Pkcs12KeySalt,
        Purpose::Pkcs12KeyIv,
        Purpose::Pkcs12CertSalt,
        Purpose::Pkcs12CertIv,
        Purpose::Pkcs12MacSalt,
    ];
    let octets = purposes.map(|purpose| *seed.derive::<8>(&ORIGIN, purpose, Some(&[1; 32])));
    assert_eq!(BTreeSet::from(octets).len(), purposes.len());
    let other = seed.derive::<8>(&ORIGIN, Purpose::KeySalt, Some(&[2; 32]));
    assert!(!octets.contains(&other));
}

#[test]
fn every_algorithm_derives_the_same_key_again_and_it_signs() {
    let seed = seed();
    for algorithm in QUICK {
        let key = of(&seed, algorithm);
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(
            *key.to_der().unwrap(),
            *of(&seed, algorithm).to_der().unwrap()
        );
        for digest in [None, Some(Digest::Sha512)] {
            let sign = || key.sign(b"tbs", digest, Nonces::Deterministic).unwrap();
            let signature = sign();
            assert_eq!(signature, sign(), "{algorithm}");
            let named: AlgorithmIdentifierOwned = signature_algorithm(algorithm, digest);
            let holds = verify_signature(b"tbs", &signature, key.public_der(), &named);
            assert!(holds.unwrap(), "{algorithm}");
        }
    }
}

#[test]
fn ecdsa_signs_as_rfc_6979_says() {
    // Appendix A.2.5: P-256, SHA-256, the message "sample".
    let x = HEXLOWER
        .decode(b"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
        .unwrap();
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let number = openssl::bn::BigNum::from_slice(&x).unwrap();
    let mut point = openssl::ec::EcPoint::new(&group).unwrap();
    point.mul_generator2(&group, &number, &mut context).unwrap();
    let key = openssl::ec::EcKey::from_private_components(&group, &number, &point).unwrap();
    let key = PrivateKey::from_pkey(PKey::from_ec_key(key).unwrap()).unwrap();
    let signature = key.sign(b"sample", None, Nonces::Deterministic).unwrap();
    let signature = openssl::ecdsa::EcdsaSig::from_der(&signature).unwrap();
    let hex = |number: &openssl::bn::BigNumRef| HEXLOWER.encode(&number.to_vec());
    assert_eq!(
        (hex(signature.r()), hex(signature.s())),
        (
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716".to_owned(),
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8".to_owned()
        )
    );
}

#[test]
fn a_serial_depends_on_the_certificate_and_is_positive() {
    let seed = seed();
    let one = seeded(&seed).serial(b"one").unwrap();
    assert_eq!(one, seeded(&seed).serial(b"one").unwrap());
    assert_ne!(one, seeded(&seed).serial(b"two").unwrap());
    assert!(one[0] < 0x80 && one[0] > 0);
    let system = Randomness::System;
    assert_ne!(
        system.serial(b"one").unwrap(),
        system.serial(b"one").unwrap()
    );
}

#[test]
fn an_encrypted_key_is_the_same_again_and_another_key_has_another_salt() {
    let seed = seed();
    let passphrase = Secret::from("1234");
    for kdf in [Kdf::Pbkdf2, Kdf::Scrypt] {
        let sealed = |key: &PrivateKey, randomness| {
            let pem = key.to_encrypted_pem(&passphrase, kdf, randomness).unwrap();
            let back = PrivateKey::from_pem(&pem, Some(&passphrase)).unwrap();
            assert!(back.fits(key.public_der()));
            pem
        };
        let key = of(&seed, KeyAlgorithm::EcdsaP256);
        let pem = sealed(&key, seeded(&seed));
        assert_eq!(*pem, *sealed(&key, seeded(&seed)));
        assert_ne!(*pem, *sealed(&key, Randomness::System));
        let other = sealed(&of(&seed, KeyAlgorithm::EcdsaP384), seeded(&seed));
        assert_ne!(salt(&pem), salt(&other));
    }
}

/// The salt of a key encrypted by PBES2: the first octet string of 16 octets.
fn salt(pem: &[u8]) -> Vec<u8> {
    let (_, der) = der::Document::from_pem(std::str::from_utf8(pem).unwrap()).unwrap();
    let at = der
        .as_bytes()
        .windows(2)
        .position(|window| window == [4, 16])
        .unwrap();
    der.as_bytes()[at + 2..at + 18].to_vec()
}

#[test]
fn a_seed_is_not_short_and_not_shown() {
    let short = Seed::new(Secret::from("fifteen letters")).unwrap_err();
    assert!(matches!(short, CryptoError::ShortSeed { octets: 15 }));
    let seed = seed();
    let shown = format!("{seed:?} {:?} {short}", seeded(&seed));
    assert!(!shown.contains("sixteen"), "{shown}");
    assert_eq!(seed.fingerprint().len(), 16);
}
