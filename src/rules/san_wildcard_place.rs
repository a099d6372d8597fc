//! `san-wildcard-place`: a wildcard is the whole first label, with a name after it.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "san-wildcard-place",
    level: Level::Error,
    source: "RFC 9525 §6.3",
    why: "clients match no other place; some take the asterisk for a letter",
    help: "write `*.` and a domain, as `*.example.com`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for san in entity.san() {
            let Some(name) = san.dns() else { continue };
            if name.strip_prefix("*.").unwrap_or(name).contains('*') {
                let message = format!(
                    "`{name}` of `{}` has its wildcard in the wrong place",
                    entity.id
                );
                findings.report(entity, message, &[(or(san.span, entity.span), "")]);
            }
        }
    }
}
