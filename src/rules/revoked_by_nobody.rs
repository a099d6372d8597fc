//! `revoked-by-nobody`: what signs itself has nobody who could revoke it.

use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "revoked-by-nobody",
    level: Level::Error,
    source: "RFC 5280 §6.1",
    why: "a trust anchor is not looked up in any list: who trusts it must stop to",
    help: "take `revoked` away, and the certificate out of the trust stores",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in hierarchy.entities() {
        if let (Some(revocation), None) = (&entity.revoked, &entity.issuer) {
            let message = format!("`{}` signs itself, and can't be revoked", entity.id);
            findings.report(entity, message, &[(revocation.span, "revoked here")]);
        }
    }
}
