//! `subject-control-characters`: no value of a name has a control character.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "subject-control-characters",
    level: Level::Error,
    source: "RFC 5280 §7.1; RFC 4518 §2.2",
    why: "names are compared without them, programs in C end the name at a NUL, and a line break forges a log",
    help: "take them out of the row or the template; `| trim` takes those at the ends",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for attribute in entity.subject.attributes() {
            let Some(found) = attribute.value.chars().find(|one| one.is_control()) else {
                continue;
            };
            let message = format!(
                "`{}` of `{}` has the control character U+{:04X}",
                attribute.name,
                entity.id,
                u32::from(found)
            );
            findings.report(
                entity,
                message,
                &[(or(attribute.span, entity.subject_span), "")],
            );
        }
    }
}
