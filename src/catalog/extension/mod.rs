//! X.509 extensions: as a spec writes them, resolved, as DER, and as a person reads them.

mod authority_info_access;
mod authority_key_identifier;
mod basic_constraints;
mod certificate_policies;
mod crl_distribution_points;
mod custom;
mod describe;
mod encode;
mod extended_key_usage;
mod general_name;
mod key_context;
mod key_usage;
mod key_usage_bit;
pub mod kind;
mod listed;
mod name_constraints;
mod purpose;
mod resolve;
mod setting;
mod subject_alt_name;
mod subject_key_identifier;
mod subtree;
#[cfg(test)]
mod tests;
mod tls_feature;
mod value;
mod written_name;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Spanned;

pub use authority_info_access::{AuthorityInfoAccess, CA_ISSUERS, OCSP};
pub use authority_key_identifier::{AuthorityKeyIdentifier, AuthorityKeyMethod, AuthorityKeyTable};
pub use basic_constraints::BasicConstraints;
pub use certificate_policies::{
    CertificatePolicies, NoticeTable, PolicyId, PolicyTable, WrittenNotice, WrittenPolicy,
};
pub use crl_distribution_points::{CrlDistributionPoints, PointTable, WrittenPoint};
pub use custom::Custom;
pub use describe::{describe, general_name};
pub use extended_key_usage::ExtendedKeyUsage;
pub use general_name::San;
pub use key_context::{IssuerKey, KeyContext, KeyIdMethod};
pub use key_usage::KeyUsage;
pub use key_usage_bit::KeyUsageBit;
pub use listed::{Listed, Several};
pub use name_constraints::{NameConstraints, SubtreeTable};
pub use purpose::{PURPOSES, Purpose};
pub use setting::Setting;
pub use subject_alt_name::SubjectAltName;
pub use subject_key_identifier::SubjectKeyIdentifier;
pub use subtree::Subtree;
pub use tls_feature::{TlsExtension, TlsFeature};
pub use value::{
    AccessDescription, DistributionPoint, Policy, Reason, ResolvedExtension, UserNotice, Value,
};
pub use written_name::{NameTable, OtherNameTable, WrittenName};

/// The extensions of a certificate, under the RFC's names; `false` takes an inherited one away.
///
/// Extensions that are lists may be written as a table, `{ values = […], critical = true }`, to displace their
/// customary criticality; the others have `critical` beside their own keys.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "extensions", default, deny_unknown_fields)]
#[schemars(rename = "Extensions")]
pub struct Extensions {
    /// Whether the certificate is a CA's, and how deep below it CAs may stand (RFC 5280 §4.2.1.9).
    pub basic_constraints: Option<Setting<BasicConstraints>>,
    /// What the key may be used for (RFC 5280 §4.2.1.3): `["digital-signature", "key-encipherment"]`.
    pub key_usage: Option<Setting<KeyUsage>>,
    /// The purposes that the certificate may serve (RFC 5280 §4.2.1.12): `["server-auth", "1.3.6.1.5.5.7.3.2"]`.
    pub extended_key_usage: Option<Setting<ExtendedKeyUsage>>,
    /// The names that the certificate is for (RFC 5280 §4.2.1.6); `san` on an entity is short for it.
    pub subject_alt_name: Option<Setting<SubjectAltName>>,
    /// How the identifier of the certificate's own key is made (RFC 5280 §4.2.1.2): `"rfc7093-1"` unless said.
    pub subject_key_identifier: Option<Setting<SubjectKeyIdentifier>>,
    /// How the certificate names its issuer's key (RFC 5280 §4.2.1.1): `"key-id"` unless said.
    pub authority_key_identifier: Option<Setting<AuthorityKeyIdentifier>>,
    /// The names that certificates below this CA may and may not bear (RFC 5280 §4.2.1.10).
    pub name_constraints: Option<Setting<NameConstraints>>,
    /// The policies under which the certificate is issued (RFC 5280 §4.2.1.4): OIDs, or tables with qualifiers.
    pub certificate_policies: Option<Setting<CertificatePolicies>>,
    /// Where the issuer's certificate and its OCSP responder are (RFC 5280 §4.2.2.1).
    pub authority_info_access: Option<Setting<AuthorityInfoAccess>>,
    /// Where the issuer's CRLs are to be had (RFC 5280 §4.2.1.13): URIs, or tables for the rest.
    pub crl_distribution_points: Option<Setting<CrlDistributionPoints>>,
    /// What a TLS server that holds the certificate must do (RFC 7633): `["must-staple"]`.
    pub tls_feature: Option<Setting<TlsFeature>>,
    /// Any other extensions, their values given as DER.
    pub custom: Option<Setting<Vec<Spanned<Custom>>>>,
}
