//! `ski-on-ca`: a CA has a subject key identifier.

use super::support::{certificates, has_key_identifier, oid};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "ski-on-ca",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.2",
    why: "OpenSSL's strict verification rejects the chain (error 86), and what it issues cannot point to its key",
    help: "leave `subject_key_identifier` as it is built in",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        if !has_key_identifier(ca) {
            let span = ca
                .extension(oid::ID_CE_SUBJECT_KEY_IDENTIFIER)
                .map_or(ca.span, |one| one.span);
            let message = format!("the CA `{}` has no subject key identifier", ca.id);
            findings.report(ca, message, &[(span, "")]);
        }
    }
}
