//! `validity-order`: a certificate begins before it ends.

use super::support::certificates;
use super::{Findings, Rule};
use crate::hierarchy::{Hierarchy, Lifetime};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "validity-order",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.5",
    why: "a certificate that ends before it begins is never valid",
    help: "set a later `not_after` or an earlier `not_before`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Lifetime::Until(end) = entity.validity.lifetime else {
            continue;
        };
        if let Some(begin) = &entity.validity.not_before
            && begin.value >= end
        {
            let message = format!(
                "`{}` begins on {} and ends on {end}",
                entity.id, begin.value
            );
            findings.report(
                entity,
                message,
                &[
                    (entity.validity.span, "the end"),
                    (begin.span, "the beginning"),
                ],
            );
        }
    }
}
