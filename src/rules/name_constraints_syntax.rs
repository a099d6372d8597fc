//! `name-constraints-syntax`: every base of name constraints has the form of its kind.

use x509_cert::ext::pkix::name::GeneralName;

use super::support::{DnsFault, address_fault, certificates, name_fault, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "name-constraints-syntax",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.10",
    why: "validators reject the CA, or take the constraint to mean something else",
    help: "write a domain (`example.com`), a mailbox or domain, a host without scheme, a network (`10.0.0.0/8`)",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((permitted, excluded, span)) = entity.name_constraints() else {
            continue;
        };
        for subtree in permitted.iter().chain(excluded) {
            let text = match &subtree.base {
                GeneralName::DnsName(base)
                | GeneralName::Rfc822Name(base)
                | GeneralName::UniformResourceIdentifier(base) => base.as_str(),
                _ => continue,
            };
            let fault = if subtree.email().is_some() && text.contains('@') {
                address_fault(text)
            } else {
                domain_fault(text)
            };
            if let Some(fault) = fault {
                let message = format!("`{text}` of `{}` is no constraint: {fault}", entity.id);
                findings.report(entity, message, &[(or(subtree.span, span), "")]);
            }
        }
    }
}

/// A host or, with a leading dot, what lies below it; empty for all.
fn domain_fault(base: &str) -> Option<String> {
    if base.is_empty() {
        return None;
    }
    name_fault(base.strip_prefix('.').unwrap_or(base)).map(DnsFault::words)
}
