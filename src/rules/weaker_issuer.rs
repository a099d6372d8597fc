//! `weaker-issuer`: an issuer's key is no weaker than the keys for which it vouches.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "weaker-issuer",
    level: Level::Warning,
    source: "NIST SP 800-57 Part 1 §5.6.3",
    why: "who breaks the issuer's key needs not break the other: the strength above is lost",
    help: "choose a stronger key for the issuer, or a lesser one below",
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
        let (own, above) = (
            entity.key.value.strength_bits(),
            issuer.key.value.strength_bits(),
        );
        if above < own {
            let message = format!(
                "`{}` ({}, {own} bits) is vouched for by the weaker `{}` ({}, {above} bits)",
                entity.id, entity.key.value, issuer.id, issuer.key.value
            );
            findings.report(
                entity,
                message,
                &[
                    (or(entity.key.span, entity.span), ""),
                    (or(issuer.key.span, issuer.span), "the issuer's key"),
                ],
            );
        }
    }
}
