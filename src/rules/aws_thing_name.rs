//! `aws-thing-name`: the common name of a device is its thing's name with AWS IoT.

use super::support::devices;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "aws-thing-name",
    level: Level::Error,
    source: "AWS IoT API Reference, CreateThing: thingName, [a-zA-Z0-9:_-]+",
    why: "the cloud refuses the thing, and a device that registers itself becomes none",
    help: "write the `common_name` in letters, digits, `-`, `_` and `:`, 128 at most",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (_, device) in devices(hierarchy, &[Cloud::AwsIot]) {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
        let name = device.subject.common_name().unwrap_or_default();
        if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
            let message = format!(
                "`{}` is no name of a thing, and `{}` is to have it",
                name.escape_debug(),
                device.id
            );
            findings.report(device, message, &[(device.subject_span, "its subject")]);
        }
    }
}
