//! `azure-certificate-name`: a CA is registered with Azure under its id.

use super::support::registered;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "azure-certificate-name",
    level: Level::Error,
    source: "Azure CLI, az iot hub certificate create --name: ^[A-Za-z0-9-._]{1,64}$",
    why: "the cloud refuses the name",
    help: "give the CA an id of letters, digits, `-`, `.` and `_`, of 64 characters at most",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for (target, ca) in registered(hierarchy, &[Cloud::AzureIotHub, Cloud::AzureDps]) {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if ca.id.len() > 64 || !ca.id.chars().all(fits) {
            let message = format!(
                "`{}` is no name for a certificate of {}",
                ca.id,
                target.cloud.title()
            );
            findings.report(ca, message, &[(ca.span, "its id")]);
        }
    }
}
