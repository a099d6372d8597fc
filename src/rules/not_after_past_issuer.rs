//! `not-after-past-issuer`: no absolute end lies past the issuer's.

use super::support::certificates;
use super::{Findings, Rule};
use crate::hierarchy::{Hierarchy, Lifetime};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "not-after-past-issuer",
    level: Level::Error,
    source: "RFC 5280 §6.1.3",
    why: "the certificate is of no use once its issuer's has ended",
    help: "set an earlier `not_after`, or lengthen the issuer's `validity`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some(issuer) = hierarchy
            .issuer_of(entity)
            .filter(|issuer| issuer.external.is_none())
        else {
            continue;
        };
        let Lifetime::Until(end) = entity.validity.lifetime else {
            continue;
        };
        // An issuer made today ends then at the latest.
        let Some((_, limit)) = issuer.validity.from(hierarchy.epoch()) else {
            continue;
        };
        if end > limit {
            let message = format!(
                "`{}` is to end on {end}, its issuer `{}` on {limit}",
                entity.id, issuer.id
            );
            findings.report(
                entity,
                message,
                &[
                    (entity.validity.span, "ends later"),
                    (issuer.validity.span, "than its issuer"),
                ],
            );
        }
    }
}
