//! `uri-syntax`: every URI is absolute and well formed.

use super::support::{certificates, fetched, uri_fault};
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Level, Span};

pub(super) const RULE: Rule = Rule {
    id: "uri-syntax",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.6; RFC 3986 §3",
    why: "strict readers reject the certificate, and no client can follow the URI",
    help: "write an absolute URI, as `https://host.example/path` or `urn:…`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for (uri, span) in uris(entity) {
            if let Some(fault) = uri_fault(&uri) {
                let message = format!("`{uri}` of `{}` is no absolute URI: {fault}", entity.id);
                findings.report(entity, message, &[(span, "")]);
            }
        }
    }
}

/// The URIs of SAN, AIA, CRL distribution points and policies, each with the nearest place.
fn uris(entity: &Entity) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = entity
        .san()
        .iter()
        .filter_map(|san| Some((san.uri()?.to_owned(), san.span)))
        .collect();
    for extension in entity.resolved_extensions() {
        let places = fetched(&extension.value);
        found.extend(
            places
                .into_iter()
                .map(|uri| (uri.to_owned(), extension.span)),
        );
        if let Value::CertificatePolicies(policies) = &extension.value {
            let statements = policies.iter().flat_map(|policy| policy.cps.iter());
            found.extend(statements.map(|uri| (uri.clone(), extension.span)));
        }
    }
    found
}
