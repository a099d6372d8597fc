//! `authority-key-identifier`: what is not self-signed names its issuer's key.

use super::support::{certificates, oid, or};
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "authority-key-identifier",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.1",
    why: "OpenSSL's strict verification rejects the chain (error 85)",
    help: "leave `authority_key_identifier` as it is built in, or let it hold `key-id`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy).filter(|entity| !entity.is_self_signed()) {
        let extension = entity.extension(oid::ID_CE_AUTHORITY_KEY_IDENTIFIER);
        let named = extension.is_some_and(|extension| {
            !matches!(
                extension.value,
                Value::AuthorityKeyIdentifier { key_id: false, .. }
            )
        });
        if !named {
            let span = extension.map_or(entity.span, |extension| or(extension.span, entity.span));
            let message = format!("`{}` does not name the key of its issuer", entity.id);
            findings.report(entity, message, &[(span, "")]);
        }
    }
}
