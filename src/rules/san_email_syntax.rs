//! `san-email-syntax`: every mail address of the SAN is a mailbox.

use super::support::{address_fault, certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "san-email-syntax",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.6",
    why: "strict readers reject the certificate",
    help: "write the address alone, as `name@example.com`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for san in entity.san() {
            let Some(address) = san.email() else { continue };
            if let Some(fault) = address_fault(address) {
                let message = format!("`{address}` of `{}` is no mail address: {fault}", entity.id);
                findings.report(entity, message, &[(or(san.span, entity.span), "")]);
            }
        }
    }
}
