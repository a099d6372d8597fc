//! `ca-flag-on-leaf`: a leaf does not say that it is a CA.

use super::support::leaves;
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "ca-flag-on-leaf",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "whoever holds its key could issue certificates that are believed",
    help: "declare it as a `ca`, or take `ca = true` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        if let Some((true, _, span)) = leaf.basic_constraints() {
            let message = format!(
                "the leaf `{}` says in its basic constraints that it is a CA",
                leaf.id
            );
            findings.report(leaf, message, &[(span, "")]);
        }
    }
}
