//! `validity-nesting`: nothing is declared to live longer than its issuer.

use super::support::{certificates, declared_seconds};
use super::{Findings, Rule};
use crate::hierarchy::{Hierarchy, Lifetime};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "validity-nesting",
    level: Level::Error,
    source: "RFC 5280 §6.1.3",
    why: "a chain is valid only while each of its certificates is, so the end of the longer one is never reached",
    help: "shorten it, or lengthen the issuer's `validity`",
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
        // An absolute end is `not-after-past-issuer`'s.
        if !matches!(entity.validity.lifetime, Lifetime::For(_)) {
            continue;
        }
        if let (Some(own), Some(limit)) = (declared_seconds(entity), declared_seconds(issuer))
            && own > limit
        {
            let message = format!(
                "`{}` is to live {}, its issuer `{}` {}",
                entity.id,
                days(own),
                issuer.id,
                days(limit)
            );
            findings.report(
                entity,
                message,
                &[
                    (entity.validity.span, "longer"),
                    (issuer.validity.span, "than its issuer"),
                ],
            );
        }
    }
}

fn days(seconds: i64) -> String {
    match (seconds / 86_400, seconds % 86_400) {
        (1, 0) => "1 day".to_owned(),
        (days, 0) => format!("{days} days"),
        _ => format!("{seconds} seconds"),
    }
}
