//! `encipher-only`: `encipher-only` and `decipher-only` stand beside `key-agreement`, one of them at most.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "encipher-only",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.3; RFC 5480 §3",
    why: "without key agreement neither has a meaning, and both together allow nothing",
    help: "add `key-agreement`, or take the bits away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((bits, span)) = entity.key_usage() else {
            continue;
        };
        let encipher = bits.contains(&KeyUsageBit::EncipherOnly);
        let decipher = bits.contains(&KeyUsageBit::DecipherOnly);
        let agreement = bits.contains(&KeyUsageBit::KeyAgreement);
        let message = match (encipher, decipher) {
            (true, true) => format!("`{}` has `encipher-only` and `decipher-only`", entity.id),
            (true, false) | (false, true) if !agreement => {
                format!(
                    "`{}` has `encipher-only` or `decipher-only` without `key-agreement`",
                    entity.id
                )
            }
            _ => continue,
        };
        findings.report(entity, message, &[(or(span, entity.span), "")]);
    }
}
