//! Differences are told field by field, in words.

use jiff::ToSpan;

use super::certificate::{certificate, name};
use crate::catalog::{KeyAlgorithm, Value, signature_algorithm};
use crate::x509::{Certificate, ExtensionField, TbsFields, compose_tbs};

/// The rows between a certificate and what `change` makes of it.
fn rows(change: impl FnOnce(&mut TbsFields<'_>)) -> Vec<String> {
    let old = Certificate::parse(&certificate(|_| ())).unwrap();
    let extensions = old.extensions().iter().map(|extension| ExtensionField {
        oid: extension.oid,
        critical: extension.critical,
        value_der: &extension.value_der,
    });
    let mut fields = TbsFields {
        serial: old.serial(),
        signature: old.signature_algorithm().clone(),
        issuer_der: old.issuer_der(),
        not_before: old.not_before(),
        not_after: old.not_after(),
        subject_der: old.subject_der(),
        spki_der: old.spki_der(),
        extensions: extensions.collect(),
    };
    change(&mut fields);
    let rows = old.diff(&compose_tbs(&fields).unwrap()).unwrap();
    rows.iter().map(ToString::to_string).collect()
}

#[test]
fn the_same_fields_differ_in_nothing() {
    assert_eq!(rows(|_| ()), [""; 0]);
}

#[test]
fn a_name_differs_by_attribute() {
    let other = name("Contoso Root").to_der().unwrap();
    let other: &'static [u8] = other.leak();
    assert_eq!(
        rows(|fields| fields.subject_der = other),
        [r#"subject common_name "Root" -> "Contoso Root""#]
    );
    let mut utf8_to_printable = name("Root");
    utf8_to_printable.0[0][0].string_type = crate::catalog::StringType::Printable;
    let der: &'static [u8] = utf8_to_printable.to_der().unwrap().leak();
    assert_eq!(
        rows(|fields| fields.issuer_der = der),
        ["issuer's string types utf8 -> printable"]
    );
}

#[test]
fn dates_serial_and_algorithms_are_told() {
    assert_eq!(
        rows(|fields| fields.not_after = fields.not_before + (30 * 24).hours()),
        ["lifetime 9131 d -> 30 d"]
    );
    assert_eq!(
        rows(|fields| fields.serial = &[1]),
        ["serial c0010203 -> 01"]
    );
    let key = openssl::pkey::PKey::generate_ed25519()
        .unwrap()
        .public_key_to_der()
        .unwrap();
    let key: &'static [u8] = key.leak();
    assert_eq!(
        rows(|fields| {
            fields.spki_der = key;
            fields.signature = signature_algorithm(KeyAlgorithm::Rsa(2048), None);
        }),
        [
            "signature algorithm ecdsa-with-SHA256 -> sha256WithRSAEncryption",
            "key ecdsa-p256 -> ed25519"
        ]
    );
}

#[test]
fn extensions_are_told_by_name() {
    let basic = Value::BasicConstraints {
        ca: true,
        path_length: Some(1),
    };
    let basic: &'static [u8] = basic.encode_constant().unwrap().leak();
    assert_eq!(
        rows(|fields| fields.extensions[0].value_der = basic),
        ["basic_constraints CA, path length 3 -> CA, path length 1"]
    );
    assert_eq!(
        rows(|fields| fields.extensions[0].critical = false),
        ["basic_constraints CA, path length 3 (critical) -> CA, path length 3 (not critical)"]
    );
    assert_eq!(
        rows(|fields| fields.extensions.clear()),
        ["basic_constraints CA, path length 3 goes"]
    );
    let oid = "1.3.6.1.4.1.99999.1".parse().unwrap();
    let custom = ExtensionField {
        oid,
        critical: false,
        value_der: &[5, 0],
    };
    let added = rows(|fields| fields.extensions.push(custom));
    assert!(added[0].starts_with("1.3.6.1.4.1.99999.1 "), "{added:?}");
    assert!(added[0].ends_with(" is new"), "{added:?}");
}
