//! `crl-sign-missing`: a CA whose certificates name a place of CRLs may sign CRLs.

use super::support::{certificates, oid, or};
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "crl-sign-missing",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.3",
    why: "validators reject its CRLs (§6.3.3), and with them the certificates",
    help: "add `crl-sign` to the CA's `key_usage`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        let Some((bits, span)) = ca.key_usage() else {
            continue;
        };
        if bits.contains(&KeyUsageBit::CrlSign) {
            continue;
        }
        let child = hierarchy
            .children(&ca.id)
            .find_map(|child| Some((child, child.extension(oid::ID_CE_CRL_DISTRIBUTION_POINTS)?)));
        if let Some((child, points)) = child {
            let message = format!(
                "`{}` says where its CRL lies, which its issuer `{}` may not sign",
                child.id, ca.id
            );
            findings.report(
                ca,
                message,
                &[
                    (or(span, ca.span), "lacks `crl-sign`"),
                    (points.span, "needs it"),
                ],
            );
        }
    }
}
