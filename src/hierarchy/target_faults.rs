//! What is wrong with the settings of a cloud: names that cannot exist, and keys that are another cloud's.

use super::Cloud;
use crate::source::{Diagnostic, Span, Spanned};
use crate::spec::TargetTable;

/// Keys that a cloud has no use for.
pub(super) fn foreign(cloud: Cloud, table: &TargetTable) -> Vec<Diagnostic> {
    let azure = [Cloud::AzureIotHub, Cloud::AzureDps].as_slice();
    let aws = [Cloud::AwsIot].as_slice();
    let place = |setting: &Option<Spanned<_>>| setting.as_ref().map(|said| said.span);
    let attestation = table.attestation.as_ref().map(|said| said.span);
    let keys: [(&str, Option<Span>, &[Cloud]); 6] = [
        ("name", place(&table.name), azure),
        ("resource_group", place(&table.resource_group), azure),
        ("attestation", attestation, azure),
        ("region", place(&table.region), aws),
        ("policy", place(&table.policy), aws),
        ("role", place(&table.role), aws),
    ];
    let foreign = |(key, span, clouds): &(&str, Option<Span>, &[Cloud])| {
        let span = span.filter(|_| !clouds.contains(&cloud))?;
        let own = keys.iter().filter(|(_, _, clouds)| clouds.contains(&cloud));
        let own: Vec<String> = own.map(|(key, _, _)| format!("`{key}`")).collect();
        Some(
            Diagnostic::error(
                "target-key",
                format!("{} has no use for `{key}`", cloud.title()),
            )
            .at(span, "is another cloud's")
            .help(format!(
                "beside the keys of all clouds it takes {}",
                own.join(", ")
            )),
        )
    };
    keys.iter().filter_map(foreign).collect()
}

/// What is wrong with the name of a hub or of a provisioning service (Azure, naming rules and restrictions for Azure
/// resources: Microsoft.Devices).
pub(super) fn name(cloud: Cloud, name: &Spanned<String>) -> Option<Diagnostic> {
    let (what, longest) = match cloud {
        Cloud::AzureIotHub => ("an IoT hub", 50),
        Cloud::AzureDps => ("a provisioning service", 64),
        Cloud::AwsIot => return None,
    };
    let text = &name.value;
    let fits = (3..=longest).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    (!fits).then(|| {
        Diagnostic::error("target-name", format!("`{}` is no name of {what}", text.escape_debug()))
            .at(name.span, "no such name can exist")
            .help(format!(
                "3 to {longest} letters, digits and hyphens, a letter or digit first and last; without `.azure-devices.net`"
            ))
    })
}

/// What is wrong with the name of a resource group (Azure, naming rules and restrictions for Azure resources:
/// Microsoft.Resources).
pub(super) fn resource_group(group: &Spanned<String>) -> Option<Diagnostic> {
    let text = &group.value;
    let fits = text.chars().count() <= 90
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.()".contains(c))
        && !text.ends_with('.');
    (!fits).then(|| {
        none("target-resource-group", group, "resource group", "group")
            .help("90 letters, digits, `-`, `_`, `.`, `(` and `)` at most, and no `.` last")
    })
}

/// What is wrong with the name of a region of AWS.
pub(super) fn region(region: &Spanned<String>) -> Option<Diagnostic> {
    let parts: Vec<&str> = region.value.split('-').collect();
    let words = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase());
    let fits = match parts.as_slice() {
        [first, middle @ .., last] => {
            parts.len() >= 3
                && words(first)
                && middle.iter().all(words)
                && !last.is_empty()
                && last.chars().all(|c| c.is_ascii_digit())
        }
        _ => false,
    };
    (!fits)
        .then(|| none("target-region", region, "region of AWS", "region").help("as `eu-central-1`"))
}

/// What is wrong with the name of a policy (AWS IoT API Reference, `AttachPolicy`: `policyName`).
pub(super) fn policy(policy: &Spanned<String>) -> Option<Diagnostic> {
    let text = &policy.value;
    let fits = text.len() <= 128
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    (!fits).then(|| {
        none("target-policy", policy, "name of a policy", "policy")
            .help("128 letters, digits and `_+=,.@-` at most; its name, not its ARN")
    })
}

/// What is wrong with the name of a role (AWS `CloudFormation`, `AWS::IoT::CACertificate` `RegistrationConfig`: `RoleArn`).
pub(super) fn role(role: &Spanned<String>) -> Option<Diagnostic> {
    let marks = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let mut parts = role.value.splitn(6, ':');
    let fits = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| {
            partition.starts_with("aws")
                && partition
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || c == '-')
        })
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(|account| {
            account.len() == 12 && account.chars().all(|c| c.is_ascii_digit())
        })
        && parts.next().is_some_and(|rest| {
            rest.strip_prefix("role/")
                .is_some_and(|name| !name.is_empty() && name.chars().all(marks))
        })
        && role.value.len() <= 2048;
    (!fits).then(|| {
        none("target-role", role, "ARN of a role", "role")
            .help("as `arn:aws:iam::123456789012:role/provisioning`")
    })
}

fn none(code: &'static str, said: &Spanned<String>, what: &str, such: &str) -> Diagnostic {
    Diagnostic::error(
        code,
        format!("`{}` is no {what}", said.value.escape_debug()),
    )
    .at(said.span, format!("no such {such} can exist"))
}
