//! `same-subject-as-issuer`: nothing but a self-signed certificate bears its issuer's subject.

use super::support::{certificates, same_subject};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "same-subject-as-issuer",
    level: Level::Warning,
    source: "RFC 5280 §6.1",
    why: "it looks self-issued: path lengths do not count it, and readers may take it for a root",
    help: "give it another subject",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        if let Some(issuer) = hierarchy.issuer_of(entity)
            && issuer.external.is_none()
            && same_subject(entity, issuer)
        {
            let message = format!(
                "`{}` bears the subject of its issuer `{}`, `{}`",
                entity.id, issuer.id, entity.subject
            );
            findings.report(
                entity,
                message,
                &[
                    (entity.subject_span, ""),
                    (issuer.subject_span, "the issuer's"),
                ],
            );
        }
    }
}
