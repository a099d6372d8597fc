//! `weak-digest`: a digest is as strong as the key that signs it.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::Family;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "weak-digest",
    level: Level::Warning,
    source: "FIPS 186-5 §6.1.1; NIST SP 800-57 Part 1 §5.6.2",
    why: "whoever finds a collision needs not break the key",
    help: "leave `digest` to the key's default, or choose a longer one",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let signer = hierarchy.issuer_of(entity).unwrap_or(entity);
        let Some(digest) = entity.digest.value else {
            continue;
        };
        let strength = signer.key.value.strength_bits();
        // RSA grows in small steps; its customary digest is SHA-256 at every size.
        if signer.key.value.family() == Family::Ecdsa && digest.bits() / 2 < strength {
            let message = format!(
                "`{}` is signed over {digest}, weaker than the {} of `{}`",
                entity.id, signer.key.value, signer.id
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
