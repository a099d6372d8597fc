//! `ca-without-key-cert-sign`: a CA may sign certificates.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "ca-without-key-cert-sign",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.3",
    why: "validators reject what it signs",
    help: "add `key-cert-sign` to its `key_usage`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        let usage = ca.key_usage();
        if !usage
            .is_some_and(|(bits, _)| bits.contains(&KeyUsageBit::KeyCertSign) || bits.is_empty())
        {
            let message = format!("the key usage of the CA `{}` lacks `key-cert-sign`", ca.id);
            let span = usage.map_or(ca.span, |(_, span)| or(span, ca.span));
            findings.report(ca, message, &[(span, "")]);
        }
    }
}
