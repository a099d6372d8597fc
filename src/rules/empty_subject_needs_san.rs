//! `empty-subject-needs-san`: a leaf without a subject has a critical SAN.

use super::support::{leaves, oid, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "empty-subject-needs-san",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.6, §4.2.1.6",
    why: "the certificate names nobody to a reader that does not know the SAN",
    help: "give it a subject, or write `subject_alt_name = { critical = true, names = […] }`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| leaf.subject.is_empty()) {
        let extension = leaf.extension(oid::ID_CE_SUBJECT_ALT_NAME);
        let (message, span) = match extension {
            None => (
                format!("`{}` has neither subject nor SAN", leaf.id),
                leaf.span,
            ),
            Some(extension) if !extension.critical => (
                format!("`{}` has no subject, and its SAN is not critical", leaf.id),
                or(extension.span, leaf.span),
            ),
            Some(_) => continue,
        };
        findings.report(leaf, message, &[(span, "")]);
    }
}
