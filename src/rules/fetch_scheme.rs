//! `fetch-scheme`: what a client is to fetch is named by a scheme that clients know.

use super::support::{certificates, fetched, scheme};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "fetch-scheme",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.13, §4.2.2.1",
    why: "clients fetch by HTTP or LDAP; another scheme is passed over, and revocation is not seen",
    help: "write an `http:` URI",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            for uri in fetched(&extension.value) {
                let known = scheme(uri).is_none_or(|scheme| {
                    SCHEMES
                        .iter()
                        .any(|known| scheme.eq_ignore_ascii_case(known))
                });
                if !known {
                    let message = format!(
                        "`{}` of `{}` is at `{uri}`, which clients do not fetch",
                        extension.name, entity.id
                    );
                    findings.report(entity, message, &[(extension.span, "")]);
                }
            }
        }
    }
}

const SCHEMES: [&str; 5] = ["http", "https", "ldap", "ldaps", "ftp"];
