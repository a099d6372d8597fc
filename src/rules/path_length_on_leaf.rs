//! `path-length-on-leaf`: a leaf carries no path length.

use super::support::leaves;
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "path-length-on-leaf",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "OpenSSL's strict verification rejects the chain (error 80)",
    help: "take `path_length` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        if let Some((false, Some(_), span)) = leaf.basic_constraints() {
            findings.report(
                leaf,
                format!("the leaf `{}` carries a path length", leaf.id),
                &[(span, "")],
            );
        }
    }
}
