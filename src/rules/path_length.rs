//! `path-length`: no CA stands deeper below an issuer than that issuer's pathLenConstraint allows.

use super::support::{certificates, is_self_issued, issuer_span, known_issuers};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "path-length",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "every validator rejects each chain below the CA that is too deep",
    help: "raise `path_length` above, or issue it from a CA nearer the root",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        // The constraint counts the CAs that may follow, self-issued ones left out.
        let mut depth = usize::from(!is_self_issued(hierarchy, ca));
        for issuer in known_issuers(hierarchy, ca) {
            if let Some((_, Some(limit), span)) = issuer.basic_constraints()
                && depth > usize::from(limit)
            {
                let plural = if depth == 1 { "CA" } else { "CAs" };
                let message = format!(
                    "`{}` is {depth} {plural} below `{}`, which allows {limit}",
                    ca.id, issuer.id
                );
                let limit_span = if span.is_somewhere() {
                    span
                } else {
                    issuer.span
                };
                findings.report(
                    ca,
                    message,
                    &[
                        (issuer_span(ca), "issued here"),
                        (limit_span, "the limit is set here"),
                    ],
                );
                break;
            }
            depth += usize::from(!is_self_issued(hierarchy, issuer));
        }
    }
}
