//! `tls-feature-nesting`: what a CA with TLS features issues has them all.

use super::support::{certificates, known_issuers};
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Level, Span};

pub(super) const RULE: Rule = Rule {
    id: "tls-feature-nesting",
    level: Level::Warning,
    source: "RFC 7633 §4.2.2",
    why: "a client that follows the RFC rejects the certificate",
    help: "give the certificate the features of its issuer",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for issuer in known_issuers(hierarchy, entity) {
            let Some((wanted, span)) = features(issuer) else {
                continue;
            };
            let own = features(entity).map(|(own, _)| own).unwrap_or_default();
            if wanted.iter().any(|feature| !own.contains(feature)) {
                let message = format!(
                    "`{}` lacks a TLS feature of its issuer `{}`",
                    entity.id, issuer.id
                );
                findings.report(
                    entity,
                    message,
                    &[(entity.span, ""), (span, "the issuer's features")],
                );
                break;
            }
        }
    }
}

fn features(entity: &Entity) -> Option<(&[u16], Span)> {
    entity
        .resolved_extensions()
        .find_map(|extension| match &extension.value {
            Value::TlsFeature(features) => Some((features.as_slice(), extension.span)),
            _ => None,
        })
}
