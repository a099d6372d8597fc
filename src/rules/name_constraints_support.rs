//! `name-constraints-support`: name constraints are of kinds that common validators check.

use super::support::{Form, certificates, form, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "name-constraints-support",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.10 (a validator may reject what it does not check)",
    why: "rustls and Go reject every chain with a `dirname` constraint, rustls any name under a `uri` or `email` one",
    help: "constrain `dns` and `ip` names, unless you know all who will check",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((permitted, excluded, span)) = entity.name_constraints() else {
            continue;
        };
        for subtree in permitted.iter().chain(excluded) {
            let kind = form(&subtree.base);
            if !matches!(kind, Form::Dns | Form::Ip) {
                let message = format!("`{}` constrains `{}` names", entity.id, kind.word());
                findings.report(entity, message, &[(or(subtree.span, span), "")]);
            }
        }
    }
}
