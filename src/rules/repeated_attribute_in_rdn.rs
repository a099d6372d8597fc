//! `repeated-attribute-in-rdn`: no attribute type stands twice in one RDN.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "repeated-attribute-in-rdn",
    level: Level::Error,
    source: "X.501 §9.3; RFC 5280 §4.1.2.4",
    why: "strict readers reject the name",
    help: "put each into an RDN of its own",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for rdn in &entity.subject.0 {
            let double = rdn.iter().enumerate().find(|(place, attribute)| {
                rdn.iter()
                    .take(*place)
                    .any(|earlier| earlier.oid == attribute.oid)
            });
            if let Some((_, attribute)) = double {
                let message = format!(
                    "`{attribute}` of `{}` repeats a type within its RDN",
                    entity.id
                );
                findings.report(
                    entity,
                    message,
                    &[(or(attribute.span, entity.subject_span), "")],
                );
            }
        }
    }
}
