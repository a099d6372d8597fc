//! `san-dns-syntax`: every DNS name of the SAN is a host name.

use super::support::{certificates, name_fault, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "san-dns-syntax",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.6; RFC 1123 §2.1",
    why: "strict readers reject the certificate, and no client can match the name",
    help: "write letters, digits and hyphens, labels of 63 characters at most; an address as `ip:…`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for san in entity.san() {
            let Some(name) = san.dns() else { continue };
            // What stands for a wildcard is `san-wildcard-place`'s.
            let plain = name.strip_prefix("*.").unwrap_or(name);
            if plain.contains('*') {
                continue;
            }
            if let Some(fault) = name_fault(plain) {
                let message = format!(
                    "`{name}` of `{}` is no host name: {}",
                    entity.id,
                    fault.words()
                );
                findings.report(entity, message, &[(or(san.span, entity.span), "")]);
            }
        }
    }
}
