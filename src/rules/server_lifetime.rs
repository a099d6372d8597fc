//! `server-lifetime`: a TLS server's certificate lives no longer than Apple's systems accept.

use super::support::{declared_seconds, has_purpose, leaves, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "server-lifetime",
    level: Level::Warning,
    source: "Apple, \"Requirements for trusted certificates in iOS 13 and macOS 10.15\" (825 days)",
    why: "iPhones, iPads and Macs refuse a server whose certificate lives longer, whoever issued it",
    help: "set a `validity` of 825 days or less",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| has_purpose(leaf, oid::ID_KP_SERVER_AUTH)) {
        if declared_seconds(leaf).is_some_and(|seconds| seconds > LIMIT_SECONDS) {
            let message = format!("the server `{}` lives longer than 825 days", leaf.id);
            findings.report(leaf, message, &[(leaf.validity.span, "")]);
        }
    }
}

/// 825 days, of CAs that a user or administrator added too.
const LIMIT_SECONDS: i64 = 825 * 86_400;
