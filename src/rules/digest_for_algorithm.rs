//! `digest-for-algorithm`: no digest is chosen where the signature algorithm has its own.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::Family;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "digest-for-algorithm",
    level: Level::Error,
    source: "RFC 8410 §3 (EdDSA), RFC 9881 §3 (ML-DSA)",
    why: "there is no such signature algorithm, so nothing could be signed",
    help: "take `digest` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let signer = hierarchy.issuer_of(entity).unwrap_or(entity);
        if let Some(digest) = entity.digest.value
            && matches!(signer.key.value.family(), Family::EdDsa | Family::MlDsa)
        {
            let message = format!(
                "`{}` cannot be signed over {digest}: `{}` has an {} key",
                entity.id, signer.id, signer.key.value
            );
            findings.report(
                entity,
                message,
                &[
                    (or(entity.digest.span, entity.span), ""),
                    (or(signer.key.span, signer.span), "the key"),
                ],
            );
        }
    }
}
