//! `aws-issuing-ca`: AWS IoT knows the CA that issues a device.

use super::support::devices;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "aws-issuing-ca",
    level: Level::Error,
    source: "AWS IoT Core Developer Guide, register your CA certificate",
    why: "the cloud looks up the issuing CA alone, and finds none above it",
    help: "add the issuing CA to the target's `cas`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (target, device) in devices(hierarchy, &[Cloud::AwsIot]) {
        let issuer = device.issuer.as_ref();
        let known =
            issuer.is_some_and(|issuer| target.cas.iter().any(|ca| ca.value == issuer.value));
        if !known {
            let name = issuer.map_or("itself", |issuer| issuer.value.as_str());
            let message = format!(
                "the issuer of `{}`, `{name}`, is not registered with AWS IoT",
                device.id
            );
            findings.report(
                device,
                message,
                &[(device.span, "a device"), (target.span, "registers others")],
            );
        }
    }
}
