//! `criticality-advised`: an extension is critical only where that is advised.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "criticality-advised",
    level: Level::Warning,
    source: "RFC 5280 §4.2.1.6 (SAN), §4.2.1.13 (CRL distribution points); RFC 7633 §4.1 (TLS feature)",
    why: "readers that do not know the extension reject the certificate for nothing",
    help: "take `critical = true` away",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity
            .resolved_extensions()
            .filter(|extension| extension.critical)
        {
            let against = match &extension.value {
                // An empty subject wants a critical SAN.
                Value::SubjectAltName(_) => !entity.subject.is_empty(),
                Value::CrlDistributionPoints(_) | Value::TlsFeature(_) => true,
                _ => false,
            };
            if against {
                let message = format!(
                    "`{}` of `{}` should not be critical",
                    extension.name, entity.id
                );
                findings.report(entity, message, &[(or(extension.span, entity.span), "")]);
            }
        }
    }
}
