//! The DER of an extension's value.

use der::asn1::{Any, Ia5String, OctetString, Uint};
use der::flagset::FlagSet;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use x509_cert::ext::pkix::certpolicy::{
    DisplayText, NoticeReference, PolicyInformation, PolicyQualifierInfo,
};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{self, AuthorityKeyIdentifier, BasicConstraints};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use super::{
    DistributionPoint, IssuerKey, KeyContext, KeyIdMethod, Policy, Subtree, UserNotice, Value,
};

/// id-qt-cps (RFC 5280 §4.2.1.4).
pub(super) const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
/// id-qt-unotice (RFC 5280 §4.2.1.4).
pub(super) const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");

/// `UserNotice` of RFC 5280 §4.2.1.4; x509-cert's own has a time where the reference stands.
#[derive(Sequence)]
pub(super) struct EncodedNotice {
    pub(super) reference: Option<NoticeReference>,
    pub(super) text: Option<DisplayText>,
}

impl Value {
    /// The DER of the extension's value: what its OCTET STRING holds.
    ///
    /// # Errors
    /// A part is longer than DER lengths go, or the keys' octets are no `SubjectPublicKeyInfo`.
    pub fn encode(&self, keys: &KeyContext<'_>) -> der::Result<Vec<u8>> {
        match self {
            Self::SubjectKeyIdentifier(method) => {
                OctetString::new(method.identify(keys.spki_der)?)?.to_der()
            }
            Self::AuthorityKeyIdentifier {
                key_id,
                issuer_serial,
            } => authority_key_identifier(*key_id, *issuer_serial, &keys.issuer),
            _ => self.encode_constant(),
        }
    }

    /// The DER of a value that depends on no key ([`Value::depends_on_keys`]), to be made once for a whole fleet.
    ///
    /// # Errors
    /// A part is longer than DER lengths go, or the value does depend on keys.
    pub fn encode_constant(&self) -> der::Result<Vec<u8>> {
        match self {
            Self::BasicConstraints { ca, path_length } => BasicConstraints {
                ca: *ca,
                path_len_constraint: *path_length,
            }
            .to_der(),
            Self::KeyUsage(bits) => {
                let flags = bits
                    .iter()
                    .fold(FlagSet::default(), |flags, bit| flags | bit.flag());
                pkix::KeyUsage(flags).to_der()
            }
            Self::ExtendedKeyUsage(purposes) => purposes.to_der(),
            Self::SubjectAltName(names) => names
                .iter()
                .map(|san| san.name.clone())
                .collect::<Vec<_>>()
                .to_der(),
            Self::SubjectKeyIdentifier(KeyIdMethod::Explicit(octets)) => {
                OctetString::new(octets.as_slice())?.to_der()
            }
            Self::SubjectKeyIdentifier(_) | Self::AuthorityKeyIdentifier { .. } => {
                Err(der::ErrorKind::Failed.into())
            }
            Self::NameConstraints {
                permitted,
                excluded,
            } => pkix::NameConstraints {
                permitted_subtrees: subtrees(permitted),
                excluded_subtrees: subtrees(excluded),
            }
            .to_der(),
            Self::CertificatePolicies(policies) => policies
                .iter()
                .map(policy)
                .collect::<der::Result<Vec<_>>>()?
                .to_der(),
            Self::AuthorityInfoAccess(places) => {
                let describe = |place: &super::AccessDescription| pkix::AccessDescription {
                    access_method: place.method,
                    access_location: place.location.clone(),
                };
                places.iter().map(describe).collect::<Vec<_>>().to_der()
            }
            Self::CrlDistributionPoints(points) => points
                .iter()
                .map(distribution_point)
                .collect::<Vec<_>>()
                .to_der(),
            Self::TlsFeature(features) => features.to_der(),
            Self::Custom(der) => Ok(der.clone()),
        }
    }
}

fn authority_key_identifier(
    key_id: bool,
    issuer_serial: bool,
    issuer: &IssuerKey<'_>,
) -> der::Result<Vec<u8>> {
    let mut identifier = AuthorityKeyIdentifier::default();
    if key_id {
        // An issuer without an identifier of its own: RFC 5280 §4.2.1.1 asks for one all the same.
        let octets = match issuer.key_id {
            Some(octets) => octets.to_vec(),
            None => KeyIdMethod::default().identify(issuer.spki_der)?,
        };
        identifier.key_identifier = Some(OctetString::new(octets)?);
    }
    if issuer_serial {
        let name = Name::from_der(issuer.name_der)?;
        identifier.authority_cert_issuer = Some(vec![GeneralName::DirectoryName(name)]);
        identifier.authority_cert_serial_number = Some(SerialNumber::new(issuer.serial)?);
    }
    identifier.to_der()
}

fn subtrees(subtrees: &[Subtree]) -> Option<Vec<GeneralSubtree>> {
    let subtree = |subtree: &Subtree| GeneralSubtree {
        base: subtree.base.clone(),
        minimum: 0,
        maximum: None,
    };
    (!subtrees.is_empty()).then(|| subtrees.iter().map(subtree).collect())
}

fn policy(policy: &Policy) -> der::Result<PolicyInformation> {
    let mut qualifiers = Vec::new();
    for uri in &policy.cps {
        let qualifier = Some(Any::encode_from(&Ia5String::new(uri)?)?);
        qualifiers.push(PolicyQualifierInfo {
            policy_qualifier_id: CPS,
            qualifier,
        });
    }
    for notice in &policy.user_notices {
        let qualifier = Some(Any::encode_from(&user_notice(notice)?)?);
        qualifiers.push(PolicyQualifierInfo {
            policy_qualifier_id: USER_NOTICE,
            qualifier,
        });
    }
    Ok(PolicyInformation {
        policy_identifier: policy.oid,
        policy_qualifiers: (!qualifiers.is_empty()).then_some(qualifiers),
    })
}

fn user_notice(notice: &UserNotice) -> der::Result<EncodedNotice> {
    let reference = match &notice.reference {
        Some((organization, numbers)) => Some(NoticeReference {
            organization: DisplayText::Utf8String(organization.clone()),
            notice_numbers: Some(
                numbers
                    .iter()
                    .map(|number| Uint::new(&number.to_be_bytes()))
                    .collect::<der::Result<_>>()?,
            ),
        }),
        None => None,
    };
    Ok(EncodedNotice {
        reference,
        text: notice.text.clone().map(DisplayText::Utf8String),
    })
}

fn distribution_point(point: &DistributionPoint) -> dp::DistributionPoint {
    let reasons = point
        .reasons
        .iter()
        .fold(None, |flags: Option<dp::ReasonFlags>, reason| {
            Some(flags.unwrap_or_default() | reason.parts().1)
        });
    dp::DistributionPoint {
        distribution_point: (!point.names.is_empty())
            .then(|| DistributionPointName::FullName(point.names.clone())),
        reasons,
        crl_issuer: point
            .crl_issuer
            .as_ref()
            .map(|name| vec![GeneralName::DirectoryName(name.to_name())]),
    }
}
