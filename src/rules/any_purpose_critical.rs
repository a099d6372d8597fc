//! `any-purpose-critical`: an extended key usage with anyExtendedKeyUsage is not critical.

use super::support::{certificates, has_purpose, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "any-purpose-critical",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.12",
    why: "readers that want their own purpose by name reject a critical one without it",
    help: "take `critical = true` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in
        certificates(hierarchy).filter(|one| has_purpose(one, oid::ANY_EXTENDED_KEY_USAGE))
    {
        if let Some(extension) = entity.extension(oid::ID_CE_EXT_KEY_USAGE)
            && extension.critical
        {
            let message = format!("`{}` is for any purpose, critically", entity.id);
            findings.report(entity, message, &[(extension.span, "")]);
        }
    }
}
