//! From an entity, or from bare fields, to the bytes that the issuer signs.

use std::borrow::Cow;

use der::asn1::{AnyRef, Int, OctetStringRef, Uint};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Version;

use super::tbs::{Extension, Tbs, Validity};
use super::{IssuerFacts, time};
use crate::catalog::{KeyContext, KeyIdMethod, Value, signature_algorithm};
use crate::hierarchy::Entity;

/// All that a version 3 certificate says (RFC 5280 §4.1.2).
#[derive(Clone, Debug)]
pub struct TbsFields<'a> {
    /// The serial number: a positive number, big-endian.
    pub serial: &'a [u8],
    /// The algorithm with which the issuer signs.
    pub signature: AlgorithmIdentifierOwned,
    /// The DER of the issuer's Name, octet by octet as in the issuer's own certificate.
    pub issuer_der: &'a [u8],
    /// The first second of validity.
    pub not_before: Timestamp,
    /// The last second of validity.
    pub not_after: Timestamp,
    /// The DER of the subject's Name.
    pub subject_der: &'a [u8],
    /// The DER of the SubjectPublicKeyInfo.
    pub spki_der: &'a [u8],
    /// The extensions, in the order in which they shall stand; without any the field is left out.
    pub extensions: Vec<ExtensionField<'a>>,
}

/// One extension (RFC 5280 §4.2).
#[derive(Clone, Copy, Debug)]
pub struct ExtensionField<'a> {
    /// What it is.
    pub oid: ObjectIdentifier,
    /// Whether a validator that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER of its value.
    pub value_der: &'a [u8],
}

/// The DER of an entity's `TBSCertificate`, as its issuer would sign it.
///
/// # Errors
/// As [`compose_tbs`]; or an extension cannot be encoded.
pub fn compose(
    entity: &Entity,
    issuer: &IssuerFacts,
    spki_der: &[u8],
    serial: &[u8],
    not_before: Timestamp,
    not_after: Timestamp,
) -> der::Result<Vec<u8>> {
    let keys = KeyContext {
        spki_der,
        issuer: issuer.key(),
    };
    let present: Vec<_> = entity
        .extensions
        .iter()
        .filter(|extension| says_something(&extension.resolved.value))
        .collect();
    let values = present
        .iter()
        .map(|extension| match &extension.der {
            Some(constant) => Ok(Cow::Borrowed(constant.as_slice())),
            None => extension.resolved.value.encode(&keys).map(Cow::Owned),
        })
        .collect::<der::Result<Vec<Cow<'_, [u8]>>>>()?;
    compose_tbs(&TbsFields {
        serial,
        signature: signature_algorithm(issuer.algorithm, entity.digest.value),
        issuer_der: &issuer.name_der,
        not_before,
        not_after,
        subject_der: &entity.subject.to_der()?,
        spki_der,
        extensions: present
            .iter()
            .zip(&values)
            .map(|(extension, value_der)| ExtensionField {
                oid: extension.resolved.oid,
                critical: extension.resolved.critical,
                value_der,
            })
            .collect(),
    })
}

/// Whether an extension has a value at all: a key identifier by the method `none` is one that is left out.
fn says_something(value: &Value) -> bool {
    !matches!(
        value,
        Value::SubjectKeyIdentifier(KeyIdMethod::None)
            | Value::AuthorityKeyIdentifier {
                key_id: false,
                issuer_serial: false
            }
    )
}

/// The DER of the `TBSCertificate`.
///
/// # Errors
/// A part is no DER, a date lies before 1970, or the whole is longer than DER lengths go.
pub fn compose_tbs(fields: &TbsFields<'_>) -> der::Result<Vec<u8>> {
    let extensions = fields
        .extensions
        .iter()
        .map(|extension| {
            Ok(Extension {
                oid: extension.oid,
                critical: extension.critical,
                value: OctetStringRef::new(extension.value_der)?,
            })
        })
        .collect::<der::Result<Vec<_>>>()?;
    Tbs {
        version: Version::V3,
        serial: Int::from(Uint::new(fields.serial)?),
        signature: fields.signature.clone(),
        issuer: AnyRef::from_der(fields.issuer_der)?,
        validity: Validity {
            not_before: time::from_timestamp(fields.not_before)?,
            not_after: time::from_timestamp(fields.not_after)?,
        },
        subject: AnyRef::from_der(fields.subject_der)?,
        public_key: AnyRef::from_der(fields.spki_der)?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: (!extensions.is_empty()).then_some(extensions),
    }
    .to_der()
}
