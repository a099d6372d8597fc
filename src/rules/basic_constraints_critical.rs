//! `basic-constraints-critical`: a CA's basic constraints are critical.

use super::support::{certificates, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "basic-constraints-critical",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "OpenSSL's strict verification rejects the chain (error 89)",
    help: "take `critical = false` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        if let Some(extension) = ca.extension(oid::ID_CE_BASIC_CONSTRAINTS)
            && !extension.critical
        {
            let message = format!(
                "the basic constraints of the CA `{}` are not critical",
                ca.id
            );
            findings.report(ca, message, &[(extension.span, "")]);
        }
    }
}
