//! `empty-ca-subject`: a CA has a subject.

use super::support::certificates;
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "empty-ca-subject",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.6",
    why: "its subject is the issuer of what it signs, and no issuer may be empty",
    help: "give it a `subject.common_name`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|ca| ca.is_ca() && ca.subject.is_empty()) {
        findings.report(
            ca,
            format!("the CA `{}` has no subject", ca.id),
            &[(ca.subject_span, "")],
        );
    }
}
