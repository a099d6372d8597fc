//! `server-needs-digital-signature`: a TLS server's key may sign.

use super::support::{has_purpose, leaves, oid, or};
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "server-needs-digital-signature",
    level: Level::Warning,
    source: "RFC 8446 §4.4.2.2",
    why: "TLS 1.3, and all that keeps past talk secret, needs `digital-signature`; key encipherment alone ends with TLS 1.2",
    help: "add `digital-signature` to its `key_usage`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy).filter(|leaf| has_purpose(leaf, oid::ID_KP_SERVER_AUTH)) {
        if let Some((bits, span)) = leaf.key_usage()
            && !bits.contains(&KeyUsageBit::DigitalSignature)
            && bits.iter().any(|bit| {
                matches!(
                    bit,
                    KeyUsageBit::KeyEncipherment | KeyUsageBit::KeyAgreement
                )
            })
        {
            let message = format!(
                "the server `{}` may not sign, which TLS 1.3 wants of it",
                leaf.id
            );
            findings.report(leaf, message, &[(or(span, leaf.span), "")]);
        }
    }
}
