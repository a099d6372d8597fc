//! `wildcard-below-top-level`: a wildcard stands below two labels at least.

use super::support::{certificates, name_fault, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "wildcard-below-top-level",
    level: Level::Warning,
    source: "RFC 9525 §6.3, §7.1",
    why: "OpenSSL and browsers match no wildcard directly below a top-level domain",
    help: "name the hosts, or use a domain of two labels, as `*.dev.test`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for san in entity.san() {
            let Some(name) = san.dns() else { continue };
            let Some(domain) = name.strip_prefix("*.") else {
                continue;
            };
            if !domain.contains('.') && !domain.contains('*') && name_fault(domain).is_none() {
                let message = format!("`{name}` of `{}` is too wide to be matched", entity.id);
                findings.report(entity, message, &[(or(san.span, entity.span), "")]);
            }
        }
    }
}
