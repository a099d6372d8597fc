//! `time-stamping-purpose`: a time-stamping leaf has that purpose alone, critically.

use super::support::{has_purpose, leaves, oid, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "time-stamping-purpose",
    level: Level::Error,
    source: "RFC 3161 §2.3",
    why: "verifiers of time stamps reject any other certificate",
    help: "let its `extended_key_usage` be `{ critical = true, purposes = [\"time-stamping\"] }`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| has_purpose(leaf, oid::ID_KP_TIME_STAMPING)) {
        let Some(extension) = leaf.extension(oid::ID_CE_EXT_KEY_USAGE) else {
            continue;
        };
        let alone = leaf
            .extended_key_usage()
            .is_some_and(|(purposes, _)| purposes.len() == 1);
        if !extension.critical || !alone {
            let what = if alone {
                "not critically so"
            } else {
                "not for that alone"
            };
            let message = format!("`{}` is for time stamping, but {what}", leaf.id);
            findings.report(leaf, message, &[(or(extension.span, leaf.span), "")]);
        }
    }
}
