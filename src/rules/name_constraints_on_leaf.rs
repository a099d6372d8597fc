//! `name-constraints-on-leaf`: only a CA carries name constraints.

use super::support::leaves;
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "name-constraints-on-leaf",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.10",
    why: "strict validators reject the certificate",
    help: "move them to its issuer",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        if let Some((_, _, span)) = leaf.name_constraints() {
            findings.report(
                leaf,
                format!("the leaf `{}` carries name constraints", leaf.id),
                &[(span, "")],
            );
        }
    }
}
