//! `any-policy-on-leaf`: a leaf names its policies rather than any.

use const_oid::db::rfc5280::ANY_POLICY;

use super::support::leaves;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "any-policy-on-leaf",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.4",
    why: "anyPolicy is a CA's permission to its subordinates; on a leaf it says nothing",
    help: "name a policy, or take the extension away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for leaf in leaves(hierarchy) {
        for extension in leaf.resolved_extensions() {
            if let Value::CertificatePolicies(policies) = &extension.value
                && policies.iter().any(|policy| policy.oid == ANY_POLICY)
            {
                let message = format!("the leaf `{}` asserts anyPolicy", leaf.id);
                findings.report(leaf, message, &[(extension.span, "")]);
            }
        }
    }
}
