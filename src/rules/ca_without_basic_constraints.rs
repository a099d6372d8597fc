//! `ca-without-basic-constraints`: a CA says that it is one.

use super::support::{certificates, or};
use super::{Findings, Rule};
use crate::hierarchy::Hierarchy;
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "ca-without-basic-constraints",
    level: Level::Error,
    source: "RFC 5280 §4.2.1.9",
    why: "no validator takes what it signs",
    help: "leave `basic_constraints` as the profile has it",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for ca in certificates(hierarchy).filter(|entity| entity.is_ca()) {
        if !matches!(ca.basic_constraints(), Some((true, _, _))) {
            let message = format!(
                "the CA `{}` does not say `ca` in its basic constraints",
                ca.id
            );
            let span = ca
                .basic_constraints()
                .map_or(ca.span, |(_, _, span)| or(span, ca.span));
            findings.report(ca, message, &[(span, "")]);
        }
    }
}
