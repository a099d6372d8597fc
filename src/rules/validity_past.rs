//! `validity-past`: no absolute end lies in the past.

use super::support::certificates;
use super::{Findings, Rule};
use crate::hierarchy::{Hierarchy, Lifetime};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "validity-past",
    level: Level::Warning,
    source: "RFC 5280 §4.1.2.5",
    why: "the certificate is born expired, and every validator rejects it",
    help: "set a later `not_after`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        if let Lifetime::Until(end) = entity.validity.lifetime
            && end <= hierarchy.now()
            && entity
                .validity
                .not_before
                .as_ref()
                .is_none_or(|begin| begin.value < end)
        {
            let message = format!("`{}` has ended already, on {end}", entity.id);
            findings.report(entity, message, &[(entity.validity.span, "in the past")]);
        }
    }
}
