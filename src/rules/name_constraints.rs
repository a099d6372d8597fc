//! `name-constraints`: every name below a CA lies within that CA's name constraints.

use std::net::{Ipv4Addr, Ipv6Addr};

use der::asn1::Ia5String;
use x509_cert::ext::pkix::name::GeneralName;

use super::support::{Form, certificates, dns_common_name, form, known_issuers, within};
use super::{Findings, Rule};
use crate::catalog::Subtree;
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Level, Span};

pub(super) const RULE: Rule = Rule {
    id: "name-constraints",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.10",
    why: "every validator rejects the chain",
    help: "change the name, or the constraints of the CA",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let issuers = known_issuers(hierarchy, entity);
        if issuers
            .iter()
            .all(|issuer| issuer.name_constraints().is_none())
        {
            continue;
        }
        let names = names(entity);
        for issuer in issuers {
            let Some((permitted, excluded, span)) = issuer.name_constraints() else {
                continue;
            };
            for (name, place) in &names {
                let Some((verdict, at)) = judge(name, permitted, excluded, span) else {
                    continue;
                };
                let message = format!(
                    "{} of `{}` {verdict} `{}`",
                    describe(name),
                    entity.id,
                    issuer.id
                );
                let end = if at.is_somewhere() { at } else { issuer.span };
                findings.report(entity, message, &[(*place, ""), (end, "the constraint")]);
            }
        }
    }
}

/// What forbids a name, and where.
fn judge(
    name: &GeneralName,
    permitted: &[Subtree],
    excluded: &[Subtree],
    span: Span,
) -> Option<(&'static str, Span)> {
    let hit = excluded
        .iter()
        .find(|subtree| within(name, &subtree.base, true) == Some(true));
    if let Some(subtree) = hit {
        return Some(("is excluded by", subtree.span));
    }
    let mut of_form = permitted
        .iter()
        .filter_map(|subtree| within(name, &subtree.base, false))
        .peekable();
    of_form.peek()?;
    (!of_form.any(|inside| inside)).then_some(("is not permitted by", span))
}

/// The names that validators hold against constraints: the subject, the SAN, and where the SAN has none of their
/// kind the subject's mail addresses (RFC 5280 §4.2.1.10) and a common name that reads as a host's (OpenSSL).
fn names(entity: &Entity) -> Vec<(GeneralName, Span)> {
    let san = entity.san();
    let mut names: Vec<(GeneralName, Span)> =
        san.iter().map(|san| (san.name.clone(), san.span)).collect();
    if !entity.subject.is_empty() {
        names.push((
            GeneralName::DirectoryName(entity.subject.to_name()),
            entity.subject_span,
        ));
    }
    let lacks = |kind| san.iter().all(|san| form(&san.name) != kind);
    if lacks(Form::Email) {
        for attribute in entity
            .subject
            .attributes()
            .filter(|one| one.name == "email_address")
        {
            if let Ok(address) = Ia5String::new(&attribute.value) {
                names.push((GeneralName::Rfc822Name(address), attribute.span));
            }
        }
    }
    if !entity.is_ca()
        && lacks(Form::Dns)
        && let Some(attribute) = dns_common_name(entity)
        && let Ok(host) = Ia5String::new(&attribute.value)
    {
        names.push((GeneralName::DnsName(host), attribute.span));
    }
    names
}

fn describe(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(text) => format!("the name `{}`", text.as_str()),
        GeneralName::Rfc822Name(text) => format!("the mail address `{}`", text.as_str()),
        GeneralName::UniformResourceIdentifier(text) => format!("the URI `{}`", text.as_str()),
        GeneralName::DirectoryName(name) => format!("the subject `{name}`"),
        GeneralName::IpAddress(octets) => format!("the address `{}`", address(octets.as_bytes())),
        _ => "a name".to_owned(),
    }
}

fn address(octets: &[u8]) -> String {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Ipv4Addr::from(v4).to_string();
    }
    <[u8; 16]>::try_from(octets).map_or_else(|_| String::new(), |v6| Ipv6Addr::from(v6).to_string())
}
