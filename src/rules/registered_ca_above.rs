//! `registered-ca-above`: a device that is known by its CA has a registered one above it.

use super::support::devices;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;
use crate::spec::Attestation;

pub(super) const RULE: Rule = Rule {
    id: "registered-ca-above",
    level: Level::Error,
    source: "Azure IoT Hub, authenticate with X.509 CA certificates",
    why: "the cloud refuses the device: no CA that it knows has issued it",
    help: "add a CA above the device to the target's `cas`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (target, device) in devices(hierarchy, &[Cloud::AzureIotHub, Cloud::AzureDps]) {
        if target.attestation != Attestation::Ca {
            continue;
        }
        let above = hierarchy.issuers(device);
        if !target
            .cas
            .iter()
            .any(|ca| above.iter().any(|issuer| issuer.id == ca.value))
        {
            let message = format!(
                "no CA above `{}` is registered with {}",
                device.id,
                target.cloud.title()
            );
            findings.report(
                device,
                message,
                &[(device.span, "a device"), (target.span, "registers others")],
            );
        }
    }
}
