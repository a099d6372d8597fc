//! `duplicate-ca-subject`: no two CAs bear one subject.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::support::{certificates, same_subject, subject_key};
use super::{Findings, Rule};
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-ca-subject",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.6",
    why: "validators find an issuer by its name: they try the wrong key, and a CRL of one speaks for both",
    help: "give one of them another subject",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    let mut seen: BTreeMap<String, &Arc<Entity>> = BTreeMap::new();
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca() && !entity.subject.is_empty())
    {
        let Some(first) = seen.get(&subject_key(&ca.subject)) else {
            seen.insert(subject_key(&ca.subject), ca);
            continue;
        };
        // A CA with the name of its own issuer is `same-subject-as-issuer`'s.
        if hierarchy
            .issuer_of(ca)
            .is_some_and(|issuer| same_subject(ca, issuer))
        {
            continue;
        }
        let message = format!("`{}` and `{}` both are `{}`", first.id, ca.id, ca.subject);
        findings.report(
            ca,
            message,
            &[(ca.subject_span, ""), (first.subject_span, "here too")],
        );
    }
}
