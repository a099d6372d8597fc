//! `single-label`: every DNS name of the SAN has a dot.

use super::support::{certificates, name_fault, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "single-label",
    level: Level::Warning,
    source: "CA/Browser Forum Baseline Requirements §7.1.4.2.1; ICANN SAC057",
    why: "such a name means another host in each network; pkilint calls it an error",
    help: "write the full name",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for san in entity.san() {
            let Some(name) = san.dns() else { continue };
            if !name.contains('.') && !name.contains('*') && name_fault(name).is_none() {
                let message = format!("`{name}` of `{}` is one label alone", entity.id);
                findings.report(entity, message, &[(or(san.span, entity.span), "")]);
            }
        }
    }
}
