//! PEM is written as OpenSSL writes it, and whatever is read is read without panic.

use openssl::x509::X509;
use proptest::prelude::*;

use super::certificate::certificate;
use crate::x509::pem::{CERTIFICATE, PemError, certificates, decode, encode, encode_all};

#[test]
fn a_certificate_is_written_as_openssl_writes_it() {
    let der = certificate(|_| ());
    let theirs = X509::from_der(&der).unwrap().to_pem().unwrap();
    assert_eq!(encode(CERTIFICATE, &der).into_bytes(), theirs);
}

#[test]
fn several_are_read_between_other_text() {
    let (one, two) = (certificate(|_| ()), certificate(|_| ()));
    let text = encode_all(CERTIFICATE, [one.as_slice(), two.as_slice()]);
    let text = format!("subject=CN=x\r\n{}", text.replace('\n', "\r\n"));
    assert_eq!(certificates(text.as_bytes()).unwrap(), [one, two]);
}

#[test]
fn each_fault_has_its_name_and_line() {
    let fault = |text: &str| decode(text.as_bytes()).unwrap_err();
    assert_eq!(fault("x\n-----BEGIN A-----\nAAAA\n"), PemError::NoEnd(2));
    assert_eq!(
        fault("-----BEGIN A-----\nAAAA\n-----END B-----\n"),
        PemError::OtherEnd(3)
    );
    assert_eq!(
        fault("-----BEGIN A-----\nAA!A\n-----END A-----\n"),
        PemError::NotBase64(1)
    );
    let old = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n-----END A-----\n";
    assert_eq!(fault(old), PemError::Headers(1));
    assert_eq!(
        certificates(b"").unwrap_err(),
        PemError::Missing(CERTIFICATE)
    );
}

proptest! {
    #[test]
    fn any_octets_come_back(der in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = encode("A", &der);
        prop_assert!(text.lines().all(|line| line.len() <= 64));
        let blocks = decode(text.as_bytes()).unwrap();
        prop_assert_eq!(blocks.len(), 1);
        prop_assert_eq!(&blocks[0].der, &der);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-----BEGIN |-----END |A|-----|\n|=|[ -~]|:){0,40}") {
        let _ = decode(text.as_bytes());
    }
}
