//! What is composed is read alike by OpenSSL, by x509-cert and by ourselves.

use der::{Decode, Encode};
use jiff::Timestamp;
use openssl::pkey::PKey;
use openssl::x509::X509;
use proptest::prelude::*;

use crate::catalog::name::Attribute;
use crate::catalog::{DistinguishedName, KeyAlgorithm, Value, signature_algorithm};
use crate::source::Span;
use crate::x509::{Certificate, ExtensionField, TbsFields, assemble, compose_tbs};

pub(super) fn name(common_name: &str) -> DistinguishedName {
    let oid = const_oid::db::rfc4519::CN;
    let attribute = Attribute::new(oid, common_name.to_owned(), None, Span::NOWHERE).unwrap();
    DistinguishedName(vec![vec![attribute]])
}

/// The DER of a certificate of a fresh P-256 key, signed by OpenSSL.
pub(super) fn certificate(change: impl FnOnce(&mut TbsFields<'_>)) -> Vec<u8> {
    let key = PKey::ec_gen("P-256").unwrap();
    let spki_der = key.public_key_to_der().unwrap();
    let name_der = name("Root").to_der().unwrap();
    let basic = Value::BasicConstraints {
        ca: true,
        path_length: Some(3),
    };
    let basic = basic.encode_constant().unwrap();
    let signature = signature_algorithm(KeyAlgorithm::EcdsaP256, None);
    let mut fields = TbsFields {
        serial: &[0xc0, 1, 2, 3],
        signature: signature.clone(),
        issuer_der: &name_der,
        not_before: "2026-01-01T00:00:00.9Z".parse().unwrap(),
        not_after: "2051-01-01T00:00:00Z".parse().unwrap(),
        subject_der: &name_der,
        spki_der: &spki_der,
        extensions: vec![ExtensionField {
            oid: const_oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS,
            critical: true,
            value_der: &basic,
        }],
    };
    change(&mut fields);
    let tbs = compose_tbs(&fields).unwrap();
    let sha256 = openssl::hash::MessageDigest::sha256();
    let mut signer = openssl::sign::Signer::new(sha256, &key).unwrap();
    let bits = signer.sign_oneshot_to_vec(&tbs).unwrap();
    assemble(&tbs, &signature, &bits).unwrap()
}

#[test]
fn openssl_and_x509_cert_read_what_is_composed() {
    let der = certificate(|_| ());
    let theirs = X509::from_der(&der).unwrap();
    assert!(theirs.verify(&theirs.public_key().unwrap()).unwrap());
    assert_eq!(theirs.version(), 2);
    assert_eq!(
        format!("{:?}", theirs.subject_name()),
        r#"[commonName = "Root"]"#
    );
    assert_eq!(theirs.not_before().to_string(), "Jan  1 00:00:00 2026 GMT");
    assert_eq!(theirs.not_after().to_string(), "Jan  1 00:00:00 2051 GMT");
    assert_eq!(theirs.pathlen(), Some(3));
    let serial = theirs.serial_number().to_bn().unwrap();
    assert_eq!(serial.to_vec(), [0xc0, 1, 2, 3]);
    assert!(!serial.is_negative());
    let other = x509_cert::Certificate::from_der(&der).unwrap();
    assert_eq!(other.to_der().unwrap(), der);
}

#[test]
fn our_own_reading_says_the_same() {
    let der = certificate(|_| ());
    let read = Certificate::parse(&der).unwrap();
    assert_eq!(read.der(), der);
    assert_eq!(read.subject().to_string(), "CN=Root");
    assert!(read.is_self_issued());
    assert_eq!(read.serial(), [0xc0, 1, 2, 3]);
    assert_eq!(
        read.not_before(),
        "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap()
    );
    assert_eq!(read.basic_constraints(), Some((true, Some(3))));
    assert_eq!(read.key_algorithm(), Some(KeyAlgorithm::EcdsaP256));
    assert_eq!(read.key_id(), None);
    assert_eq!(
        assemble(read.tbs_der(), read.signature_algorithm(), read.signature()).unwrap(),
        der
    );
    let facts = read.facts().unwrap();
    assert_eq!(
        (facts.name_der.as_slice(), facts.serial.as_slice()),
        (read.subject_der(), read.serial())
    );
}

#[test]
fn no_extensions_means_no_field() {
    let der = certificate(|fields| fields.extensions.clear());
    assert!(Certificate::parse(&der).unwrap().extensions().is_empty());
    assert!(
        x509_cert::Certificate::from_der(&der)
            .unwrap()
            .tbs_certificate()
            .extensions()
            .is_none()
    );
}

#[test]
fn what_follows_a_certificate_is_an_error() {
    let mut der = certificate(|_| ());
    der.push(0);
    assert!(Certificate::parse(&der).is_err());
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::parse(&octets);
    }

    #[test]
    fn no_damage_makes_the_reader_panic(place in any::<prop::sample::Index>(), octet: u8, cut: bool) {
        let mut der = certificate(|_| ());
        let place = place.index(der.len());
        der[place] = octet;
        if cut {
            der.truncate(place);
        }
        if let Ok(read) = Certificate::parse(&der) {
            let _ = (read.subject().to_string(), read.key_id(), read.basic_constraints(), read.facts());
            let whole = Certificate::parse(&certificate(|_| ())).unwrap();
            let _ = (read.diff(whole.tbs_der()), whole.diff(read.tbs_der()));
        }
    }
}
