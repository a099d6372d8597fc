//! `key-usage-for-algorithm`: key usage asks nothing of a key that its algorithm cannot do.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::{Family, KeyUsageBit};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "key-usage-for-algorithm",
    level: Level::Error,
    source: "RFC 4055 §1.2 (RSA), RFC 8813 §3 (EC), RFC 9295 §3 (EdDSA), RFC 9881 §5 (ML-DSA)",
    why: "pkilint and strict validators reject the certificate, and no client can use it so",
    help: "take the bits away, or choose a key of another kind",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((bits, span)) = entity.key_usage() else {
            continue;
        };
        let family = entity.key.value.family();
        let wrong: Vec<String> = bits
            .iter()
            .filter(|bit| !serves(family, **bit))
            .map(|bit| format!("`{}`", bit.id()))
            .collect();
        let message = if !wrong.is_empty() {
            format!(
                "an {} key cannot serve {} (`{}`)",
                entity.key.value,
                wrong.join(", "),
                entity.id
            )
        } else if matches!(family, Family::EdDsa | Family::MlDsa)
            && !bits.is_empty()
            && !bits.iter().any(|bit| signs(*bit))
        {
            format!(
                "an {} key signs, and `{}` allows it no signature",
                entity.key.value, entity.id
            )
        } else {
            continue;
        };
        findings.report(
            entity,
            message,
            &[
                (or(span, entity.span), ""),
                (entity.key.span, "the key is chosen here"),
            ],
        );
    }
}

fn serves(family: Family, bit: KeyUsageBit) -> bool {
    match family {
        // RSA has no key agreement; neither EC nor EdDSA nor ML-DSA keys encrypt; EdDSA and ML-DSA only sign.
        Family::Rsa => !matches!(
            bit,
            KeyUsageBit::KeyAgreement | KeyUsageBit::EncipherOnly | KeyUsageBit::DecipherOnly
        ),
        Family::Ecdsa => !matches!(
            bit,
            KeyUsageBit::KeyEncipherment | KeyUsageBit::DataEncipherment
        ),
        Family::EdDsa | Family::MlDsa => signs(bit),
    }
}

fn signs(bit: KeyUsageBit) -> bool {
    matches!(
        bit,
        KeyUsageBit::DigitalSignature
            | KeyUsageBit::ContentCommitment
            | KeyUsageBit::KeyCertSign
            | KeyUsageBit::CrlSign
    )
}
