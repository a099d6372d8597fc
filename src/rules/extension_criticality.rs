//! `extension-criticality`: an extension is critical, or not, as its definition demands.

use super::support::{certificates, oid, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "extension-criticality",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.10 (name constraints), §4.2.1.1, §4.2.1.2 (key identifiers), §4.2.2.1 (AIA)",
    why: "strict validators reject the certificate",
    help: "take `critical` away from it",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            let wrong = match extension.oid {
                oid::ID_CE_NAME_CONSTRAINTS => !extension.critical,
                oid::ID_CE_AUTHORITY_KEY_IDENTIFIER
                | oid::ID_CE_SUBJECT_KEY_IDENTIFIER
                | oid::ID_PE_AUTHORITY_INFO_ACCESS => extension.critical,
                _ => false,
            };
            if wrong {
                let must = if extension.critical {
                    "must not be"
                } else {
                    "must be"
                };
                let message = format!("`{}` of `{}` {must} critical", extension.name, entity.id);
                findings.report(entity, message, &[(or(extension.span, entity.span), "")]);
            }
        }
    }
}
