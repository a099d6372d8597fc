//! `custom-extension-der`: the value of a custom extension is the DER of one value.

use der::Decode;
use der::asn1::AnyRef;

use super::support::certificates;
use super::{Findings, Rule};
use crate::catalog::Value;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "custom-extension-der",
    level: Level::Error,
    source: "RFC 5280 §4.1.2.9",
    why: "readers that know the extension cannot read it",
    help: "write the DER, tag and length first: `hex:0500` is NULL, `hex:0c02…` a UTF8String",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for extension in entity.resolved_extensions() {
            if let Value::Custom(octets) = &extension.value
                && AnyRef::from_der(octets).is_err()
            {
                let message = format!(
                    "the value of {} in `{}` is no DER",
                    extension.oid, entity.id
                );
                findings.report(entity, message, &[(extension.span, "")]);
            }
        }
    }
}
