//! `ski-on-leaf`: a leaf has a subject key identifier.

use super::support::{has_key_identifier, leaves, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "ski-on-leaf",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.2",
    why: "CMS and chain builders find certificates by it",
    help: "leave `subject_key_identifier` as it is built in",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| !has_key_identifier(leaf)) {
        let span = leaf
            .extension(oid::ID_CE_SUBJECT_KEY_IDENTIFIER)
            .map_or(leaf.span, |one| one.span);
        let message = format!("the leaf `{}` has no subject key identifier", leaf.id);
        findings.report(leaf, message, &[(span, "")]);
    }
}
