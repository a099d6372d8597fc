//! The certificate that an entity should have: composed over its own serial and dates, and compared with the one on disk.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::hierarchy::Entity;
use crate::x509::{self, Certificate, IssuerFacts};

use super::Reason;

/// What a CA's certificate will tell those below it: its name, its key and its key identifier. `issuer` is `None` for
/// what is self-signed.
///
/// # Errors
/// A name that DER cannot hold, or octets that are no public key.
pub(crate) fn own_facts(
    entity: &Entity,
    issuer: Option<&IssuerFacts>,
    spki_der: &[u8],
    serial: &[u8],
) -> der::Result<IssuerFacts> {
    let mut facts = IssuerFacts::of_self(entity, spki_der, serial)?;
    if let Some(issuer) = issuer {
        facts.issuer_name_der.clone_from(&issuer.name_der);
    }
    Ok(facts)
}

/// The certificate to be signed as it is before it has a serial number: with 0 in its place. A seeded serial is derived
/// from it. `issuer` is `None` for what is self-signed.
///
/// # Errors
/// A field that DER cannot hold.
pub(crate) fn unnumbered(
    entity: &Entity,
    issuer: Option<&IssuerFacts>,
    spki_der: &[u8],
    not_before: Timestamp,
    not_after: Timestamp,
) -> der::Result<Vec<u8>> {
    const NUMBER: &[u8] = &[0];
    let facts = match issuer {
        Some(facts) => Cow::Borrowed(facts),
        None => Cow::Owned(own_facts(entity, None, spki_der, NUMBER)?),
    };
    x509::compose(entity, &facts, spki_der, NUMBER, not_before, not_after)
}

/// How a certificate on disk differs from the one that the spec asks for; an empty list: in nothing.
///
/// # Errors
/// A field that DER cannot hold.
pub(super) fn differences(
    entity: &Entity,
    certificate: &Certificate,
    issuer: Option<&IssuerFacts>,
    spki_der: &[u8],
) -> der::Result<Vec<Reason>> {
    let serial = certificate.serial();
    let issuer = match issuer {
        Some(facts) => Cow::Borrowed(facts),
        None => Cow::Owned(own_facts(entity, None, spki_der, serial)?),
    };
    let tbs = x509::compose(
        entity,
        &issuer,
        spki_der,
        serial,
        certificate.not_before(),
        certificate.not_after(),
    )?;
    if tbs == certificate.tbs_der() {
        return Ok(Vec::new());
    }
    let mut reasons: Vec<Reason> = certificate
        .diff(&tbs)?
        .into_iter()
        .map(|diff| match diff.field.split(' ').next() {
            Some("issuer") => Reason::IssuerName,
            _ => Reason::Field {
                field: diff.field,
                old: diff.old,
                new: diff.new,
            },
        })
        .collect();
    // A name of several attributes is one cause.
    reasons.dedup();
    if reasons.is_empty() {
        reasons.push(Reason::Field {
            field: "encoding".to_owned(),
            old: None,
            new: None,
        });
    }
    Ok(reasons)
}
