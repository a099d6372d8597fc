//! `duplicate-extension`: no extension stands twice.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-extension",
    level: Level::Error,
    source: "RFC 5280 §4.2",
    why: "every validator rejects the certificate",
    help: "write it once; a `custom` one may not repeat one that has its own table",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for (place, extension) in entity.resolved_extensions().enumerate() {
            let earlier = entity
                .resolved_extensions()
                .take(place)
                .find(|other| other.oid == extension.oid);
            if let Some(earlier) = earlier {
                let message = format!(
                    "the extension {} stands twice in `{}`",
                    extension.oid, entity.id
                );
                findings.report(
                    entity,
                    message,
                    &[
                        (extension.span, ""),
                        (or(earlier.span, entity.span), "here first"),
                    ],
                );
            }
        }
    }
}
