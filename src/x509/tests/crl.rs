//! CRLs: what is composed is read back whole, says nothing by saying nothing, and no octets make reading panic.

use jiff::Timestamp;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use openssl::x509::X509Crl;
use proptest::prelude::*;

use crate::catalog::{DistinguishedName, KeyAlgorithm, RevocationReason, signature_algorithm};
use crate::x509::{Crl, CrlFields, CrlItem, assemble, compose_crl};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A signed list of these entries.
fn list(key: &PKey<Private>, number: u64, entries: &[CrlItem]) -> Vec<u8> {
    let algorithm = signature_algorithm(KeyAlgorithm::Ed25519, None);
    let name = DistinguishedName::default().to_der().unwrap();
    let tbs = compose_crl(&CrlFields {
        signature: algorithm.clone(),
        issuer_der: &name,
        key_id: Some(&[1, 2, 3]),
        number: &number.to_be_bytes(),
        this_update: at("2026-11-25T00:00:00Z"),
        next_update: at("2050-01-01T00:00:00Z"),
        entries: entries.to_vec(),
    });
    let tbs = tbs.unwrap();
    let mut signer = Signer::new_without_digest(key).unwrap();
    let signature = signer.sign_oneshot_to_vec(&tbs).unwrap();
    assemble(&tbs, &algorithm, &signature).unwrap()
}

fn item() -> impl Strategy<Value = CrlItem> {
    let second = 0..4_102_444_800_i64; // up to 2100
    (
        prop::collection::vec(any::<u8>(), 1..20),
        second.clone(),
        0..RevocationReason::ALL.len(),
        prop::option::of(second),
    )
        .prop_map(|(mut serial, date, reason, invalid)| {
            // A serial is positive and has no needless zero (RFC 5280 §4.1.2.2).
            serial.insert(0, 1);
            CrlItem {
                serial,
                date: Timestamp::from_second(date).unwrap(),
                reason: RevocationReason::ALL[reason],
                invalidity_date: invalid.map(|second| Timestamp::from_second(second).unwrap()),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_composed_is_read_and_no_spoiled_octet_panics(
        items in prop::collection::vec(item(), 0..5),
        number in any::<u64>(),
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in any::<prop::sample::Index>(),
    ) {
        let key = PKey::generate_ed25519().unwrap();
        let mut der = list(&key, number, &items);
        let read = Crl::parse(&der).unwrap();
        prop_assert_eq!(read.entries(), items.as_slice());
        let found = read.number().unwrap().iter().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        prop_assert_eq!(found, number);
        let theirs = X509Crl::from_der(&der).unwrap();
        prop_assert_eq!(theirs.get_revoked().map_or(0, openssl::stack::StackRef::len), items.len());
        for (place, octet) in spoiled {
            let place = place.index(der.len());
            der[place] = octet;
            let _ = Crl::parse(&der);
        }
        let _ = Crl::parse(&der[..end.index(der.len())]);
    }
}

#[test]
fn no_reason_and_no_entry_are_said_by_saying_nothing() {
    let key = PKey::generate_ed25519().unwrap();
    let entry = CrlItem {
        serial: vec![0x7f],
        date: at("2026-11-20T00:00:00Z"),
        reason: RevocationReason::Unspecified,
        invalidity_date: None,
    };
    let has_reason = |der: &[u8]| der.windows(3).any(|octets| octets == [0x55, 0x1d, 0x15]);
    assert!(!has_reason(&list(&key, 1, std::slice::from_ref(&entry))));
    let said = CrlItem {
        reason: RevocationReason::Superseded,
        ..entry
    };
    assert!(has_reason(&list(&key, 1, &[said])));
    let empty = X509Crl::from_der(&list(&key, 1, &[])).unwrap();
    assert!(empty.get_revoked().is_none(), "an empty list is left out");
}
