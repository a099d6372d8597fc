//! `crl-of-leaf`: only a CA that may sign CRLs has one.

use super::support::or;
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "crl-of-leaf",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.3",
    why: "validators reject a CRL whose issuer is no CA, or may not sign CRLs (§6.3.3)",
    help: "ask a CA for the `crl`, and let its `key_usage` have `crl-sign`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in hierarchy.entities() {
        let Some(output) = entity.outputs.iter().find(|one| one.artifact.is_crl()) else {
            continue;
        };
        if !entity.is_ca() {
            let message = format!("`{}` is no CA, and has no CRL", entity.id);
            findings.report(entity, message, &[(output.span, "asked for here")]);
        } else if let Some((bits, span)) = entity.key_usage()
            && !bits.contains(&KeyUsageBit::CrlSign)
        {
            let message = format!("`{}` is to have a CRL, and may not sign one", entity.id);
            let labels = [
                (or(span, entity.span), "lacks `crl-sign`"),
                (output.span, "asked for here"),
            ];
            findings.report(entity, message, &labels);
        }
    }
}
