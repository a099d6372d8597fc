//! `[target.…]`: the clouds that a PKI is registered with; each brings its rules, and what `enroll` needs to know.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::entity_table::Setting;
use crate::source::Spanned;
use crate::template::Templated;

/// The targets, by their names.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename = "target",
    deny_unknown_fields,
    default,
    rename_all = "kebab-case"
)]
#[schemars(rename = "Targets")]
pub struct TargetsTable {
    /// Azure IoT Hub.
    pub azure_iot_hub: Option<Spanned<TargetTable>>,
    /// Azure IoT Hub Device Provisioning Service.
    pub azure_dps: Option<Spanned<TargetTable>>,
    /// AWS IoT Core.
    pub aws_iot: Option<Spanned<TargetTable>>,
}

/// What is said of one cloud. A key that is another cloud's is an error.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "a target", deny_unknown_fields, default)]
#[schemars(rename = "Target")]
pub struct TargetTable {
    /// The name of the hub (Azure IoT Hub), or of the provisioning service (Azure DPS).
    pub name: Setting<String>,
    /// The resource group of the hub, where its name does not suffice, or of the provisioning service (Azure DPS).
    pub resource_group: Setting<String>,
    /// The region (AWS IoT), as `eu-central-1`.
    pub region: Setting<String>,
    /// The CAs that are registered; the roots if unsaid, with AWS IoT those that issue the devices, and none where
    /// devices are known by their thumbprints.
    pub cas: Option<Vec<Spanned<Templated<String>>>>,
    /// The tables whose entities are devices; unsaid, those whose profile is `device`.
    pub devices: Option<Vec<Spanned<Templated<String>>>>,
    /// The table whose certificate proves possession, if the spec has one.
    pub proof: Setting<String>,
    /// How a device is known: by its CA, or each by its thumbprint (Azure). `ca` if unsaid.
    pub attestation: Option<Spanned<Attestation>>,
    /// Whether a CA counts as proved when its owner uploads it (Azure), or needs no proof (AWS's SNI-only mode).
    pub verified: Option<bool>,
    /// The policy that devices get (AWS IoT).
    pub policy: Setting<String>,
    /// The role that registers devices when they first connect (AWS IoT), as an ARN.
    pub role: Setting<String>,
}

/// How a cloud knows a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attestation {
    /// By a CA above it.
    #[default]
    Ca,
    /// By its certificate's thumbprint.
    Thumbprint,
}

impl TargetsTable {
    /// Those that the spec has, with the names by which it says so.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Spanned<TargetTable>)> {
        let all: IndexMap<&'static str, &Option<Spanned<TargetTable>>> = [
            ("azure-iot-hub", &self.azure_iot_hub),
            ("azure-dps", &self.azure_dps),
            ("aws-iot", &self.aws_iot),
        ]
        .into();
        all.into_iter()
            .filter_map(|(name, table)| Some((name, table.as_ref()?)))
    }
}
