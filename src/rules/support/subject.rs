//! Subjects compared as path validation compares them (RFC 5280 §7.1), and what clients read out of them.

use const_oid::db::rfc4519::CN;
use der::asn1::Any;
use der::{Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RelativeDistinguishedName};

use super::dns::looks_like_dns;
use crate::catalog::DistinguishedName;
use crate::catalog::name::{Attribute, Rdn};
use crate::hierarchy::Entity;

/// Whether two entities bear the same subject. An empty one is nobody's.
pub(crate) fn same_subject(one: &Entity, other: &Entity) -> bool {
    let (one, other) = (&one.subject, &other.subject);
    // The last RDN tells most apart.
    !one.is_empty()
        && one.0.len() == other.0.len()
        && (one.0.iter().zip(&other.0))
            .rev()
            .all(|(one, other)| rdn_key(one) == rdn_key(other))
}

/// A text that is equal for equal subjects: attributes of an RDN sorted, case and spaces folded.
pub(crate) fn subject_key(subject: &DistinguishedName) -> String {
    let rdns = subject.0.iter().map(rdn_key);
    rdns.collect::<Vec<_>>().join("\u{0}")
}

fn rdn_key(rdn: &Rdn) -> String {
    let attributes = rdn
        .iter()
        .map(|attribute| format!("{}={}", attribute.oid, folded(&attribute.value)));
    let mut attributes: Vec<String> = attributes.collect();
    attributes.sort();
    attributes.join("\u{1}")
}

/// The first common name that would be taken for a host's name.
pub(crate) fn dns_common_name(entity: &Entity) -> Option<&Attribute> {
    entity
        .subject
        .attributes()
        .find(|attribute| attribute.oid == CN && looks_like_dns(&attribute.value))
}

/// Whether the base is the beginning of the name, RDN by RDN.
pub(crate) fn is_prefix(base: &Name, name: &Name) -> bool {
    let mut rdns = name.iter_rdn();
    base.iter_rdn()
        .all(|expected| rdns.next().is_some_and(|rdn| same_rdn(expected, rdn)))
}

fn same_rdn(one: &RelativeDistinguishedName, other: &RelativeDistinguishedName) -> bool {
    one.len() == other.len()
        && one.iter().all(|attribute| {
            other
                .iter()
                .any(|candidate| same_attribute(attribute, candidate))
        })
}

fn same_attribute(one: &AttributeTypeAndValue, other: &AttributeTypeAndValue) -> bool {
    one.oid == other.oid
        && match (text(&one.value), text(&other.value)) {
            (Some(one), Some(other)) => folded(&one) == folded(&other),
            _ => one.value == other.value,
        }
}

fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(value.value().to_vec()).ok()
        }
        _ => None,
    }
}

/// Case folded, spaces trimmed and joined (RFC 5280 §7.1, RFC 4518 §2.6.1).
fn folded(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
