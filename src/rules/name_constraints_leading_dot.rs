//! `name-constraints-leading-dot`: a DNS constraint begins with no dot.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "name-constraints-leading-dot",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.10",
    why: "the RFC gives the dot no meaning for DNS names: some validators refuse it, others do not match the domain itself",
    help: "leave the dot out: the domain and all below it are meant",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((permitted, excluded, span)) = entity.name_constraints() else {
            continue;
        };
        for subtree in permitted.iter().chain(excluded) {
            if let Some(base) = subtree.dns().filter(|base| base.starts_with('.')) {
                let message = format!(
                    "the constraint `{base}` of `{}` begins with a dot",
                    entity.id
                );
                findings.report(entity, message, &[(or(subtree.span, span), "")]);
            }
        }
    }
}
