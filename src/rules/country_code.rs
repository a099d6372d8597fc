//! `country-code`: a country is one of the two-letter codes of ISO 3166-1.

use super::support::{Country, certificates, country, oid, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "country-code",
    level: Level::Error,
    source: "RFC 5280 Appendix A.1; X.520 §6.3.1",
    why: "strict readers reject other lengths, and others see a country that does not exist",
    help: "write the code of ISO 3166-1, as `DE`, `GB` or `US`, or `XX` for none",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for entity in certificates(hierarchy) {
        for attribute in entity.subject.attributes() {
            if attribute.oid != oid::C && attribute.name != "jurisdiction_country" {
                continue;
            }
            let label = match country(&attribute.value) {
                Country::Known => continue,
                Country::Lowercase => {
                    format!("did you mean `{}`?", attribute.value.to_ascii_uppercase())
                }
                Country::UnitedKingdom => "the United Kingdom is `GB`".to_owned(),
                Country::Unknown => String::new(),
            };
            let message = format!(
                "`{}` of `{}` is no country code",
                attribute.value, entity.id
            );
            findings.report(
                entity,
                message,
                &[(or(attribute.span, entity.subject_span), &label)],
            );
        }
    }
}
