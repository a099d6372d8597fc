//! Resolved extensions: every default filled in and every template rendered.

use der::oid::ObjectIdentifier;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use x509_cert::ext::pkix::crl::dp::Reasons;
use x509_cert::ext::pkix::name::GeneralName;

use super::{KeyIdMethod, KeyUsageBit, San, Subtree};
use crate::catalog::DistinguishedName;
use crate::source::Span;

/// An extension of an entity, ready to be encoded.
#[derive(Clone, Debug)]
pub struct ResolvedExtension {
    /// The extension's OID.
    pub oid: ObjectIdentifier,
    /// Its key in a spec (`basic_constraints`); `custom` for any other.
    pub name: &'static str,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// Whether the spec chose that, or it is customary.
    pub critical_chosen: bool,
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub span: Span,
    /// Where the elements of a list were written, in their order; empty where the value is no list.
    pub element_spans: Vec<Span>,
}

/// An extension's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// RFC 5280 §4.2.1.9.
    BasicConstraints {
        /// Whether it is a CA.
        ca: bool,
        /// How many intermediate CAs may stand below it.
        path_length: Option<u8>,
    },
    /// RFC 5280 §4.2.1.3.
    KeyUsage(Vec<KeyUsageBit>),
    /// RFC 5280 §4.2.1.12.
    ExtendedKeyUsage(Vec<ObjectIdentifier>),
    /// RFC 5280 §4.2.1.6.
    SubjectAltName(Vec<San>),
    /// RFC 5280 §4.2.1.2.
    SubjectKeyIdentifier(KeyIdMethod),
    /// RFC 5280 §4.2.1.1.
    AuthorityKeyIdentifier {
        /// By the issuer's subject key identifier.
        key_id: bool,
        /// By the issuer's issuer and serial number.
        issuer_serial: bool,
    },
    /// RFC 5280 §4.2.1.10.
    NameConstraints {
        /// The names below must stand in one of these, of their kind.
        permitted: Vec<Subtree>,
        /// And in none of these.
        excluded: Vec<Subtree>,
    },
    /// RFC 5280 §4.2.1.4.
    CertificatePolicies(Vec<Policy>),
    /// RFC 5280 §4.2.2.1.
    AuthorityInfoAccess(Vec<AccessDescription>),
    /// RFC 5280 §4.2.1.13.
    CrlDistributionPoints(Vec<DistributionPoint>),
    /// RFC 7633; numbers of TLS extensions.
    TlsFeature(Vec<u16>),
    /// The DER of any other extension's value.
    Custom(Vec<u8>),
}

/// A certificate policy and its qualifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The policy.
    pub oid: ObjectIdentifier,
    /// Where the certification practice statement is published.
    pub cps: Vec<String>,
    /// Notices to show.
    pub user_notices: Vec<UserNotice>,
}

/// A notice of a certificate policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserNotice {
    /// The text itself, up to 200 characters.
    pub text: Option<String>,
    /// The organization that publishes the numbered notices, and their numbers.
    pub reference: Option<(String, Vec<u32>)>,
}

/// A place where something about the issuer is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDescription {
    /// What is there: OCSP, or the issuer's certificate.
    pub method: ObjectIdentifier,
    /// Where.
    pub location: GeneralName,
}

/// A place where a CRL is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Names of one and the same CRL.
    pub names: Vec<GeneralName>,
    /// The reasons that this CRL covers; empty is all.
    pub reasons: Vec<Reason>,
    /// Who signs the CRL, if not the certificate's issuer.
    pub crl_issuer: Option<DistinguishedName>,
}

/// A reason for revocation, as distribution points name them (RFC 5280 §4.2.1.13).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The key is in other hands.
    KeyCompromise,
    /// The CA's key is in other hands.
    CaCompromise,
    /// The subject's name has changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is needed no longer.
    CessationOfOperation,
    /// On hold.
    CertificateHold,
    /// A privilege was withdrawn.
    PrivilegeWithdrawn,
    /// The attribute authority's key is in other hands.
    AaCompromise,
}

impl Reason {
    /// All reasons, in the order of the BIT STRING.
    pub const ALL: [Self; 8] = [
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The name in a spec, and x509-cert's flag.
    #[must_use]
    pub fn parts(self) -> (&'static str, Reasons) {
        match self {
            Self::KeyCompromise => ("key-compromise", Reasons::KeyCompromise),
            Self::CaCompromise => ("ca-compromise", Reasons::CaCompromise),
            Self::AffiliationChanged => ("affiliation-changed", Reasons::AffiliationChanged),
            Self::Superseded => ("superseded", Reasons::Superseded),
            Self::CessationOfOperation => ("cessation-of-operation", Reasons::CessationOfOperation),
            Self::CertificateHold => ("certificate-hold", Reasons::CertificateHold),
            Self::PrivilegeWithdrawn => ("privilege-withdrawn", Reasons::PrivilegeWithdrawn),
            Self::AaCompromise => ("aa-compromise", Reasons::AaCompromise),
        }
    }
}

impl Value {
    /// Whether the DER depends on keys, so that it differs from entity to entity where all else is alike.
    #[must_use]
    pub fn depends_on_keys(&self) -> bool {
        match self {
            Self::SubjectKeyIdentifier(method) => !matches!(method, KeyIdMethod::Explicit(_)),
            Self::AuthorityKeyIdentifier { .. } => true,
            _ => false,
        }
    }
}
