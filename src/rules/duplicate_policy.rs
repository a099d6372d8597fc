//! `duplicate-policy`: no policy stands twice in certificate policies.

use super::support::certificates;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-policy",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.4",
    why: "strict validators reject the certificate",
    help: "write each policy once",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            let Value::CertificatePolicies(policies) = &extension.value else {
                continue;
            };
            let double = policies.iter().enumerate().find(|(place, policy)| {
                policies
                    .iter()
                    .take(*place)
                    .any(|earlier| earlier.oid == policy.oid)
            });
            if let Some((_, policy)) = double {
                let message = format!("the policy {} stands twice in `{}`", policy.oid, entity.id);
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}
