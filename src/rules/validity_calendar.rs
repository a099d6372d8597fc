//! `validity-calendar`: beginning and end lie in the years that a certificate can say.

use super::support::certificates;
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "validity-calendar",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.5",
    why: "a date before 1950 or after 9999 has no encoding; 9999-12-31T23:59:59Z is for no end at all",
    help: "set dates from 1950 to 9999",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let within = entity
            .validity
            .from(hierarchy.epoch())
            .is_some_and(|(begin, end)| {
                begin.as_second() >= FIRST_SECOND && end.as_second() <= LAST_SECOND
            });
        if !within {
            let message = format!(
                "the validity of `{}` leaves the years 1950 to 9999",
                entity.id
            );
            findings.report(entity, message, &[(entity.validity.span, "")]);
        }
    }
}

/// 1950-01-01T00:00:00Z, the first moment of a `UTCTime` (RFC 5280 §4.1.2.5.1).
const FIRST_SECOND: i64 = -631_152_000;
/// 9999-12-31T23:59:59Z, the last of a `GeneralizedTime` (RFC 5280 §4.1.2.5.2).
const LAST_SECOND: i64 = 253_402_300_799;
