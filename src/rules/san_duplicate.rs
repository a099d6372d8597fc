//! `san-duplicate`: no name stands twice in the SAN.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::San;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "san-duplicate",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.6",
    why: "it says nothing twice; a template may have rendered to less than was meant",
    help: "write it once",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let names = entity.san();
        for (place, san) in names.iter().enumerate() {
            if let Some(first) = names.iter().take(place).find(|earlier| same(earlier, san)) {
                let message = format!("a name stands twice in the SAN of `{}`", entity.id);
                let again = or(san.span, entity.span);
                findings.report(
                    entity,
                    message,
                    &[(again, "again"), (first.span, "here first")],
                );
            }
        }
    }
}

fn same(one: &San, other: &San) -> bool {
    match (one.dns(), other.dns()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one.name == other.name,
    }
}
