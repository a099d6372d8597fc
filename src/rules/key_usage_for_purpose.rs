//! `key-usage-for-purpose`: a leaf's key usage allows each purpose of its extended key usage.

use const_oid::ObjectIdentifier;

use super::support::{leaves, oid, or, purpose_name};
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "key-usage-for-purpose",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.12",
    why: "both are checked, each by itself: a purpose that key usage does not serve is refused",
    help: "add `digital-signature` to its `key_usage`, or take the purpose away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        let (Some((bits, usage)), Some((purposes, span))) =
            (leaf.key_usage(), leaf.extended_key_usage())
        else {
            continue;
        };
        if bits.is_empty() {
            continue;
        }
        for purpose in purposes {
            if let Some(any_of) = consistent(*purpose)
                && !any_of.iter().any(|bit| bits.contains(bit))
            {
                let message = format!(
                    "the key usage of `{}` does not serve its purpose `{}`",
                    leaf.id,
                    purpose_name(*purpose)
                );
                findings.report(
                    leaf,
                    message,
                    &[
                        (or(usage, leaf.span), ""),
                        (or(span, leaf.span), "the purposes"),
                    ],
                );
            }
        }
    }
}

/// The bits of which a purpose wants one at least; none for a purpose that RFC 5280 does not define.
fn consistent(purpose: ObjectIdentifier) -> Option<&'static [KeyUsageBit]> {
    use KeyUsageBit::{ContentCommitment, DigitalSignature, KeyAgreement, KeyEncipherment};
    let bits: &[KeyUsageBit] = match purpose {
        oid::ID_KP_SERVER_AUTH => &[DigitalSignature, KeyEncipherment, KeyAgreement],
        oid::ID_KP_CLIENT_AUTH => &[DigitalSignature, KeyAgreement],
        oid::ID_KP_CODE_SIGNING => &[DigitalSignature],
        oid::ID_KP_EMAIL_PROTECTION => &[
            DigitalSignature,
            ContentCommitment,
            KeyEncipherment,
            KeyAgreement,
        ],
        oid::ID_KP_TIME_STAMPING | oid::ID_KP_OCSP_SIGNING => {
            &[DigitalSignature, ContentCommitment]
        }
        _ => return None,
    };
    Some(bits)
}
