//! `domain-component-syntax`: each domain component is one label of a host name.

use super::support::{DnsFault, certificates, name_fault, oid, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "domain-component-syntax",
    level: Level::Error,
    source: "RFC 2247 §4; RFC 5280 §4.1.2.4",
    why: "pkilint and directory servers reject the name",
    help: "write one label each, as `DC=example,DC=com`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for attribute in entity.subject.attributes().filter(|one| one.oid == oid::DC) {
            let label = attribute.value.as_str();
            // A label of digits is no fault here: it is not the last.
            let fault = name_fault(label).filter(|fault| *fault != DnsFault::Numeric);
            let why = match fault {
                Some(fault) => fault.words(),
                None if label.contains('.') => "it is more than one label".to_owned(),
                None => continue,
            };
            let message = format!("the domain component `{label}` of `{}`: {why}", entity.id);
            findings.report(
                entity,
                message,
                &[(or(attribute.span, entity.subject_span), "")],
            );
        }
    }
}
