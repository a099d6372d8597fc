//! `eku-nesting`: an issuer that is limited to purposes allows those of what stands below it.

use super::support::{certificates, known_issuers, oid, or, purpose_name};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "eku-nesting",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.12, as OpenSSL, Go, webpki and NSS read it",
    why: "a validator that checks for a purpose wants it in every CA that names purposes at all",
    help: "add the purpose to the issuer's `extended_key_usage`, or take that extension away with `false`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        let Some((purposes, span)) = entity.extended_key_usage() else {
            continue;
        };
        for issuer in known_issuers(hierarchy, entity) {
            // A root is an anchor: webpki and Go take no purposes from it, but OpenSSL does.
            let Some((allowed, limit)) = issuer.extended_key_usage() else {
                continue;
            };
            if allowed.contains(&oid::ANY_EXTENDED_KEY_USAGE) {
                continue;
            }
            let missing: Vec<String> = purposes
                .iter()
                .filter(|purpose| !allowed.contains(purpose))
                .map(|purpose| format!("`{}`", purpose_name(*purpose)))
                .collect();
            if !missing.is_empty() {
                let message = format!(
                    "`{}` is for {}, its issuer `{}` is not",
                    entity.id,
                    missing.join(", "),
                    issuer.id
                );
                findings.report(
                    entity,
                    message,
                    &[
                        (or(span, entity.span), ""),
                        (or(limit, issuer.span), "the issuer's purposes"),
                    ],
                );
                break;
            }
        }
    }
}
