//! A request of OpenSSL's making is read back, and no damaged one makes the reader panic.

use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::x509::extension::{KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509NameBuilder, X509ReqBuilder};

use super::super::Request;
use crate::catalog::KeyAlgorithm;
use crate::catalog::extension::describe;

fn request() -> Vec<u8> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "www.example.com").unwrap();
    let mut builder = X509ReqBuilder::new().unwrap();
    builder.set_subject_name(&name.build()).unwrap();
    builder.set_pubkey(&key).unwrap();
    let mut wanted = Stack::new().unwrap();
    let san = SubjectAlternativeName::new()
        .dns("www.example.com")
        .build(&builder.x509v3_context(None))
        .unwrap();
    wanted.push(san).unwrap();
    let usage = KeyUsage::new().critical().digital_signature().build();
    wanted.push(usage.unwrap()).unwrap();
    builder.add_extensions(&wanted).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

#[test]
fn what_a_request_asks_for_is_read() {
    let request = Request::parse(&request()).unwrap();
    assert_eq!(request.subject().to_string(), "CN=www.example.com");
    assert_eq!(
        KeyAlgorithm::from_spki_der(request.spki_der()),
        Some(KeyAlgorithm::EcdsaP256)
    );
    let asked: Vec<_> = request
        .extensions()
        .iter()
        .map(|extension| {
            let (name, values) = describe(&extension.oid, &extension.value_der);
            (name, extension.critical, values)
        })
        .collect();
    assert_eq!(
        asked,
        [
            (
                "subject_alt_name".to_owned(),
                false,
                vec!["dns:www.example.com".to_owned()]
            ),
            (
                "key_usage".to_owned(),
                true,
                vec!["digital-signature".to_owned()]
            ),
        ]
    );
}

#[test]
fn a_damaged_request_is_an_error_or_another_request() {
    let whole = request();
    let read = Request::parse(&whole).unwrap();
    for index in 0..whole.len() {
        assert!(Request::parse(&whole[..index]).is_err());
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[index] ^= 1 << bit;
            if let Ok(other) = Request::parse(&damaged) {
                assert_ne!(other, read, "octet {index}, bit {bit} is not seen");
            }
        }
    }
}
