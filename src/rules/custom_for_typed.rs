//! `custom-for-typed`: an extension that has its own table is written there.

use super::support::certificates;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::catalog::extension::kind;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "custom-for-typed",
    level: Level::Warning,
    source: "the spec language; RFC 5280 §4.2.1",
    why: "pkiform cannot check what it holds, nor can its rules see it",
    help: "write the extension's own table under `extensions`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            if matches!(extension.value, Value::Custom(_))
                && let Some(name) = kind::name_of(&extension.oid)
            {
                let message = format!("{} of `{}` is `{name}`", extension.oid, entity.id);
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}
