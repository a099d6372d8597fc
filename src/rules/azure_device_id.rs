//! `azure-device-id`: the common name of a device is its id with Azure.

use super::support::devices;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "azure-device-id",
    level: Level::Error,
    source: "Azure IoT Hub, identity registry: device identity properties",
    why: "the hub finds the device by the common name, and refuses any other",
    help: "give the device a `common_name` of letters, digits and `-.%_*?!(),:=@$'`",
    check,
};

/// The marks that a device's id may have beside letters and digits.
const MARKS: &str = "-.%_*?!(),:=@$'#";

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (target, device) in devices(hierarchy, &[Cloud::AzureIotHub, Cloud::AzureDps]) {
        let fault = match device.subject.common_name() {
            None => "has no common name".to_owned(),
            Some(name) if name.len() > 128 => "has a common name of over 128 characters".to_owned(),
            Some(name) => match name
                .chars()
                .find(|c| !c.is_ascii_alphanumeric() && !MARKS.contains(*c))
            {
                Some(wrong) => format!("has `{}` in its common name", wrong.escape_default()),
                None => continue,
            },
        };
        let message = format!(
            "the device `{}` {fault}, which {} takes for its id",
            device.id,
            target.cloud.title()
        );
        findings.report(device, message, &[(device.subject_span, "its subject")]);
    }
}
