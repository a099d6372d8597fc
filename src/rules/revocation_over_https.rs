//! `revocation-over-https`: CRLs, OCSP responders and issuers' certificates are named by plain HTTP.

use super::support::{certificates, fetched, scheme};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "revocation-over-https",
    level: Level::Warning,
    source: "RFC 5280 §8",
    why: "to check the certificate a client would first have to check another one, in a circle; most do not fetch it",
    help: "write `http:`; what is fetched is signed already",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            for uri in fetched(&extension.value) {
                if scheme(uri).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
                    let message = format!("`{}` of `{}` is at `{uri}`", extension.name, entity.id);
                    findings.report(entity, message, &[(extension.span, "")]);
                }
            }
        }
    }
}
