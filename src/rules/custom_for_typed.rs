//! `custom-for-typed`: an extension that has its own table is written there.

use const_oid::ObjectIdentifier;

use super::support::{certificates, oid};
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "custom-for-typed",
    level: Level::Warning,
    source: "the spec language; RFC 5280 §4.2.1",
    why: "pkiform cannot check what it holds, nor can its rules see it",
    help: "write the extension's own table under `extensions`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            if matches!(extension.value, Value::Custom(_))
                && let Some((_, name)) = TYPED.iter().find(|(oid, _)| *oid == extension.oid)
                && entity
                    .resolved_extensions()
                    .filter(|other| other.oid == extension.oid)
                    .count()
                    == 1
            {
                let message = format!("{} of `{}` is `{name}`", extension.oid, entity.id);
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}

/// The extensions with tables of their own.
const TYPED: &[(ObjectIdentifier, &str)] = &[
    (oid::ID_CE_BASIC_CONSTRAINTS, "basic_constraints"),
    (oid::ID_CE_KEY_USAGE, "key_usage"),
    (oid::ID_CE_EXT_KEY_USAGE, "extended_key_usage"),
    (oid::ID_CE_SUBJECT_ALT_NAME, "subject_alt_name"),
    (oid::ID_CE_SUBJECT_KEY_IDENTIFIER, "subject_key_identifier"),
    (
        oid::ID_CE_AUTHORITY_KEY_IDENTIFIER,
        "authority_key_identifier",
    ),
    (oid::ID_CE_NAME_CONSTRAINTS, "name_constraints"),
    (oid::ID_CE_CERTIFICATE_POLICIES, "certificate_policies"),
    (oid::ID_PE_AUTHORITY_INFO_ACCESS, "authority_info_access"),
    (
        oid::ID_CE_CRL_DISTRIBUTION_POINTS,
        "crl_distribution_points",
    ),
    (oid::ID_PE_TLS_FEATURE, "tls_feature"),
];
