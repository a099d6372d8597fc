//! `key-usage-critical`: key usage is critical.

use super::support::{certificates, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "key-usage-critical",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.3",
    why: "a reader that does not know the extension may use the key for anything",
    help: "take `critical = false` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        if let Some(extension) = entity.extension(oid::ID_CE_KEY_USAGE)
            && !extension.critical
        {
            let message = format!("the key usage of `{}` is not critical", entity.id);
            findings.report(entity, message, &[(extension.span, "")]);
        }
    }
}
