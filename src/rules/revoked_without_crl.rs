//! `revoked-without-crl`: who revokes a certificate says so in a list.

use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "revoked-without-crl",
    level: Level::Warning,
    source: "RFC 5280 §3.3",
    why: "no validator learns that the certificate is revoked",
    help: "add `crl` to the `outputs` of its CA; of one that is external, tell whoever keeps its list",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in hierarchy.entities() {
        let (Some(revocation), Some(issuer)) = (&entity.revoked, hierarchy.issuer_of(entity))
        else {
            continue;
        };
        if !issuer.outputs.iter().any(|output| output.artifact.is_crl()) {
            let (why, label) = match issuer.external {
                None => ("has no CRL", "has no `crl` among its outputs"),
                Some(_) => ("has its list elsewhere", "is external"),
            };
            let message = format!(
                "`{}` is revoked, and its issuer `{}` {why}",
                entity.id, issuer.id
            );
            let labels = [(revocation.span, "revoked here"), (issuer.span, label)];
            findings.report(entity, message, &labels);
        }
    }
}
