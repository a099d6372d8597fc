//! `subject-attribute-bounds`: no attribute of a subject is empty or longer than its type allows.

use super::support::{certificates, oid, or};
use super::{Findings, Rule};
use crate::catalog::StringType;
use crate::catalog::attribute::AttributeType;
use crate::catalog::name::Attribute;
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "subject-attribute-bounds",
    level: Level::Error,
    source: "RFC 5280 Appendix A.1; X.520",
    why: "OpenSSL cannot make such a name, and strict readers reject the certificate",
    help: "shorten the value; a long name belongs into the SAN",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for attribute in entity.subject.attributes() {
            // A country of another length is `country-code`'s, and DER says its own length.
            let country = attribute.oid == oid::C || attribute.name == "jurisdiction_country";
            if country || attribute.string_type == StringType::Der {
                continue;
            }
            let (least, most) =
                AttributeType::by_oid(&attribute.oid).map_or((1, None), |known| known.bounds);
            let length = attribute.value.chars().count();
            let message = if length < least {
                format!("`{}` of `{}` is empty", name(attribute), entity.id)
            } else if let Some(most) = most.filter(|most| length > *most) {
                format!(
                    "`{}` of `{}` has {length} characters, {most} are allowed",
                    name(attribute),
                    entity.id
                )
            } else {
                continue;
            };
            findings.report(
                entity,
                message,
                &[(or(attribute.span, entity.subject_span), "")],
            );
        }
    }
}

fn name(attribute: &Attribute) -> String {
    if attribute.name.is_empty() {
        attribute.oid.to_string()
    } else {
        attribute.name.to_owned()
    }
}
