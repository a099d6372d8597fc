//! `empty-extension`: an extension that is a list holds something.

use super::support::certificates;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "empty-extension",
    level: Level::Error,
    source: "RFC 5280 §4.2.1",
    why: "such an extension has no legal encoding, and strict readers reject the certificate",
    help: "fill the list, or write `false` for no such extension",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            let empty = match &extension.value {
                Value::KeyUsage(bits) => bits.is_empty(),
                Value::ExtendedKeyUsage(purposes) => purposes.is_empty(),
                Value::SubjectAltName(names) => names.is_empty(),
                Value::NameConstraints {
                    permitted,
                    excluded,
                } => permitted.is_empty() && excluded.is_empty(),
                Value::CertificatePolicies(policies) => policies.is_empty(),
                Value::AuthorityInfoAccess(places) => places.is_empty(),
                Value::CrlDistributionPoints(points) => points.is_empty(),
                Value::TlsFeature(features) => features.is_empty(),
                _ => false,
            };
            if empty {
                let message = format!("`{}` of `{}` is empty", extension.name, entity.id);
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}
