//! `cn-not-in-san`: a server's common name that is a host's stands in its SAN too.

use super::support::{dns_common_name, has_purpose, leaves, oid, or};
use super::{Findings, Rule};
use crate::catalog::San;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "cn-not-in-san",
    level: Level::Warning,
    source: "RFC 9525 §1.2; CA/Browser Forum Baseline Requirements §7.1.4.3",
    why: "clients do not look at the common name: they reject the server under it",
    help: "add the name to `san`, or take another common name",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| has_purpose(leaf, oid::ID_KP_SERVER_AUTH)) {
        let Some(name) = dns_common_name(leaf) else {
            continue;
        };
        let names = || leaf.san().iter().filter_map(San::dns);
        // Without any DNS name the server has no host's name at all, or an address alone.
        if names().next().is_some() && !names().any(|dns| dns.eq_ignore_ascii_case(&name.value)) {
            let message = format!(
                "the common name `{}` of `{}` is not in its SAN",
                name.value, leaf.id
            );
            findings.report(leaf, message, &[(or(name.span, leaf.subject_span), "")]);
        }
    }
}
