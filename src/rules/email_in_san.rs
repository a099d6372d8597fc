//! `email-in-san`: a mail address of the subject stands in the SAN too.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::catalog::San;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "email-in-san",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.6",
    why: "mail programs look into the SAN, and pkilint rejects the certificate",
    help: "add the address to `san`, or take it out of the subject",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for attribute in entity
            .subject
            .attributes()
            .filter(|one| one.name == "email_address")
        {
            let known = entity
                .san()
                .iter()
                .filter_map(San::email)
                .any(|one| one == attribute.value);
            if !known {
                let message = format!(
                    "the mail address `{}` of `{}` is not in its SAN",
                    attribute.value, entity.id
                );
                findings.report(
                    entity,
                    message,
                    &[(or(attribute.span, entity.subject_span), "")],
                );
            }
        }
    }
}
