//! From the fields of a certificate to the bytes that its issuer signs.

use der::asn1::{AnyRef, Int, OctetStringRef, Uint};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Version;

use super::tbs::{Extension, Tbs, Validity};
use super::time;

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

/// The DER of the TBSCertificate.
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
