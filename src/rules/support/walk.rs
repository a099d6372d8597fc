//! Walks over a hierarchy: the certificates that pkiform makes, and what stands above each.

use std::sync::Arc;

use const_oid::ObjectIdentifier;
use jiff::Timestamp;
use x509_cert::ext::pkix::name::GeneralName;

use super::same_subject;
use crate::catalog::extension::Purpose;
use crate::catalog::{KeyIdMethod, Value};
use crate::hierarchy::{Entity, Hierarchy, Lifetime};
use crate::source::Span;

/// OIDs that rules look for.
pub(crate) mod oid {
    pub(crate) use const_oid::db::rfc4519::{C, DC};
    pub(crate) use const_oid::db::rfc5280::{
        ANY_EXTENDED_KEY_USAGE, ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_BASIC_CONSTRAINTS,
        ID_CE_CRL_DISTRIBUTION_POINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE,
        ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME, ID_CE_SUBJECT_KEY_IDENTIFIER,
        ID_KP_CLIENT_AUTH, ID_KP_CODE_SIGNING, ID_KP_EMAIL_PROTECTION, ID_KP_OCSP_SIGNING,
        ID_KP_SERVER_AUTH, ID_KP_TIME_STAMPING, ID_PE_AUTHORITY_INFO_ACCESS,
    };
}

/// Every certificate that pkiform makes: external ones are what they are.
pub(crate) fn certificates(hierarchy: &Hierarchy) -> impl Iterator<Item = &Arc<Entity>> {
    hierarchy
        .entities()
        .filter(|entity| entity.has_certificate() && entity.external.is_none())
}

/// Every end entity's certificate.
pub(crate) fn leaves(hierarchy: &Hierarchy) -> impl Iterator<Item = &Arc<Entity>> {
    certificates(hierarchy).filter(|entity| !entity.is_ca())
}

/// The issuers above an entity of which the spec says everything, the nearest first.
pub(crate) fn known_issuers<'a>(hierarchy: &'a Hierarchy, entity: &Entity) -> Vec<&'a Arc<Entity>> {
    hierarchy
        .issuers(entity)
        .into_iter()
        .filter(|issuer| issuer.external.is_none())
        .collect()
}

/// Whether issuer and subject are one name: path lengths do not count such a CA (RFC 5280 §4.2.1.9).
pub(crate) fn is_self_issued(hierarchy: &Hierarchy, entity: &Entity) -> bool {
    hierarchy
        .issuer_of(entity)
        .is_none_or(|issuer| same_subject(entity, issuer))
}

/// The length of the lifetime that the spec declares; none where it has only an end.
pub(crate) fn declared_seconds(entity: &Entity) -> Option<i64> {
    // A fixed beginning, so that leap years do not let a spec pass today and fail tomorrow.
    const REFERENCE_SECONDS: i64 = 978_307_200; // 2001-01-01
    let validity = &entity.validity;
    match (validity.lifetime, &validity.not_before) {
        (Lifetime::For(duration), _) => {
            duration.seconds_from(Timestamp::from_second(REFERENCE_SECONDS).ok()?)
        }
        (Lifetime::Until(end), Some(begin)) => Some(end.as_second() - begin.value.as_second()),
        (Lifetime::Until(_), None) => None,
    }
}

/// Whether the OID is among those of the extended key usage.
pub(crate) fn has_purpose(entity: &Entity, purpose: ObjectIdentifier) -> bool {
    entity
        .extended_key_usage()
        .is_some_and(|(purposes, _)| purposes.contains(&purpose))
}

/// Where it is said who issues the entity.
pub(crate) fn issuer_span(entity: &Entity) -> Span {
    entity
        .issuer
        .as_ref()
        .map_or(entity.span, |issuer| or(issuer.span, entity.span))
}

/// The place, or the fallback where the place is in no file: what a profile supplied.
pub(crate) fn or(span: Span, fallback: Span) -> Span {
    if span.is_somewhere() { span } else { fallback }
}

/// The name of a purpose in a spec, or its OID.
pub(crate) fn purpose_name(purpose: ObjectIdentifier) -> String {
    Purpose(purpose).to_string()
}

/// Whether it has a subject key identifier.
pub(crate) fn has_key_identifier(entity: &Entity) -> bool {
    entity
        .extension(oid::ID_CE_SUBJECT_KEY_IDENTIFIER)
        .is_some_and(|one| one.value != Value::SubjectKeyIdentifier(KeyIdMethod::None))
}

fn uri(name: &GeneralName) -> Option<&str> {
    if let GeneralName::UniformResourceIdentifier(uri) = name {
        Some(uri.as_str())
    } else {
        None
    }
}

/// The URIs that a client is to fetch: of AIA and CRL distribution points.
pub(crate) fn fetched(value: &Value) -> Vec<&str> {
    match value {
        Value::AuthorityInfoAccess(places) => places
            .iter()
            .filter_map(|place| uri(&place.location))
            .collect(),
        Value::CrlDistributionPoints(points) => points
            .iter()
            .flat_map(|point| &point.names)
            .filter_map(uri)
            .collect(),
        _ => Vec::new(),
    }
}
