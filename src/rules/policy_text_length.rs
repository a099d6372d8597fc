//! `policy-text-length`: the text of a user notice has 200 characters at most.

use super::support::certificates;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "policy-text-length",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.4",
    why: "`DisplayText` is bounded; readers cut it or refuse the certificate",
    help: "shorten the text, or point to a statement with `cps`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            let Value::CertificatePolicies(policies) = &extension.value else {
                continue;
            };
            let long = policies
                .iter()
                .flat_map(|policy| &policy.user_notices)
                .filter_map(|notice| notice.text.as_ref())
                .find(|text| text.chars().count() > 200 || text.is_empty());
            if let Some(text) = long {
                let message = format!(
                    "a user notice of `{}` has {} characters; 1 to 200 are allowed",
                    entity.id,
                    text.chars().count()
                );
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}
