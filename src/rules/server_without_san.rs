//! `server-without-san`: a TLS server has a DNS name, an address or a URI in its SAN.

use super::support::{has_purpose, leaves, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "server-without-san",
    level: Level::Error,
    source: "RFC 9525 §2, §6.1",
    why: "clients look for the host's name there and nowhere else: they reject the server",
    help: "add `san = [\"host.example.com\"]`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| has_purpose(leaf, oid::ID_KP_SERVER_AUTH)) {
        let named = leaf
            .san()
            .iter()
            .any(|san| san.dns().is_some() || san.ip().is_some() || san.uri().is_some());
        if !named {
            let message = format!("the server `{}` has no name in its SAN", leaf.id);
            findings.report(leaf, message, &[(leaf.span, "")]);
        }
    }
}
