//! The `TBSCertificate` of RFC 5280 §4.1, for writing and for reading: x509-cert's own cannot be built outside it.

use der::asn1::{AnyRef, BitStringRef, Int, OctetStringRef};
use der::oid::ObjectIdentifier;
use der::{Sequence, ValueOrd};
use spki::AlgorithmIdentifierOwned;
use x509_cert::certificate::Version;
use x509_cert::time::Time;

/// Names and keys stay the DER that they are: what is signed is never written anew on the way through.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Tbs<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    pub(super) version: Version,
    pub(super) serial: Int,
    pub(super) signature: AlgorithmIdentifierOwned,
    pub(super) issuer: AnyRef<'a>,
    pub(super) validity: Validity,
    pub(super) subject: AnyRef<'a>,
    pub(super) public_key: AnyRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) issuer_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) subject_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// The validity as it stands; x509-cert's would turn a GeneralizedTime before 2050 into a UTCTime.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Validity {
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

/// An extension whose value is borrowed (RFC 5280 §4.1.2.9).
#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct Extension<'a> {
    pub(super) oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(super) critical: bool,
    pub(super) value: &'a OctetStringRef,
}

/// A whole certificate, its signed part untouched.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Signed<'a> {
    pub(super) tbs: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitStringRef<'a>,
}
