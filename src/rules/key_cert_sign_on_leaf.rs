//! `key-cert-sign-on-leaf`: a leaf may not sign certificates.

use super::support::leaves;
use super::{Findings, Rule};
use crate::catalog::KeyUsageBit;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "key-cert-sign-on-leaf",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "OpenSSL's strict verification and others reject the certificate",
    help: "take `key-cert-sign` out of its `key_usage`, or declare it as a `ca`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        let says_ca = leaf.basic_constraints().is_some_and(|(ca, _, _)| ca);
        if let Some((bits, span)) = leaf.key_usage()
            && bits.contains(&KeyUsageBit::KeyCertSign)
            && !says_ca
        {
            let message = format!(
                "the key usage of the leaf `{}` has `key-cert-sign`",
                leaf.id
            );
            findings.report(leaf, message, &[(span, "")]);
        }
    }
}
