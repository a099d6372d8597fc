//! `dps-ca-count`: Azure DPS holds no more than 25 CAs.

use super::support::targets;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "dps-ca-count",
    level: Level::Error,
    source: "Azure DPS, quotas and limits",
    why: "the service refuses the 26th",
    help: "register fewer: name them in `cas`, or register a CA above them",
    check,
};

const MOST: usize = 25;

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for target in targets(hierarchy, &[Cloud::AzureDps]) {
        let first = target.cas.get(MOST).and_then(|ca| hierarchy.get(&ca.value));
        if let Some(ca) = first {
            let message = format!(
                "{} CAs are to be registered, and {MOST} may be",
                target.cas.len()
            );
            findings.report(ca, message, &[(target.span, "registers them")]);
        }
    }
}
