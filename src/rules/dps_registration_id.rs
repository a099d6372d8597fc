//! `dps-registration-id`: the common name of a device is its registration id with Azure DPS.

use super::support::devices;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "dps-registration-id",
    level: Level::Error,
    source: "Azure DPS, terminology: registration ID",
    why: "the service refuses the device when it asks to be provisioned",
    help: "write the `common_name` in lower-case letters, digits, `-`, `.`, `_` and `:`, with a letter, digit or `-` last",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (_, device) in devices(hierarchy, &[Cloud::AzureDps]) {
        let Some(name) = device.subject.common_name() else {
            continue;
        };
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:".contains(c);
        let ends = name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        if !name.chars().all(fits) || !ends || name.len() > 128 {
            let message = format!(
                "`{}` is no registration id, and `{}` is to have it",
                name.escape_debug(),
                device.id
            );
            findings.report(device, message, &[(device.subject_span, "its subject")]);
        }
    }
}
