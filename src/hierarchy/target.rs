//! The clouds of a spec, resolved: which CAs they are given, and which entities are devices.

use super::{Entity, Fleet, Hierarchy, target_faults};
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::spec::{Attestation, TargetTable, TargetsTable};
use crate::template::{Scope, Templated};

/// How many members of a fleet are asked for their issuers.
const SOME: usize = 1000;

/// A cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cloud {
    /// Azure IoT Hub.
    AzureIotHub,
    /// Azure IoT Hub Device Provisioning Service.
    AzureDps,
    /// AWS IoT Core.
    AwsIot,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AzureIotHub, Self::AzureDps, Self::AwsIot];

    /// Its name in a spec.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::AzureIotHub => "azure-iot-hub",
            Self::AzureDps => "azure-dps",
            Self::AwsIot => "aws-iot",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AzureIotHub => "Azure IoT Hub",
            Self::AzureDps => "Azure DPS",
            Self::AwsIot => "AWS IoT",
        }
    }
}

/// A cloud with which the PKI is registered.
#[derive(Clone, Debug)]
pub struct Target {
    /// Which one.
    pub cloud: Cloud,
    /// The name of the hub or of the provisioning service, if the spec says.
    pub name: Option<Spanned<String>>,
    /// The resource group, if the spec says.
    pub resource_group: Option<Spanned<String>>,
    /// The region, if the spec says.
    pub region: Option<Spanned<String>>,
    /// The ids of the CAs that are registered.
    pub cas: Vec<Spanned<String>>,
    /// The ids of the devices, but for those of packed fleets.
    pub devices: Vec<String>,
    /// The packed fleets whose members are devices.
    pub fleets: Vec<String>,
    /// The id of the entity that proves possession, if the spec has one.
    pub proof: Option<Spanned<String>>,
    /// How it knows a device.
    pub attestation: Attestation,
    /// Whether CAs need no proof.
    pub verified: bool,
    /// The policy that devices get.
    pub policy: Option<Spanned<String>>,
    /// The role that registers devices when they first connect.
    pub role: Option<Spanned<String>>,
    /// Where it is declared.
    pub span: Span,
}

/// Resolves the targets of a hierarchy.
pub(super) fn resolve(
    tables: &TargetsTable,
    hierarchy: &Hierarchy,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<Target> {
    tables
        .iter()
        .filter_map(|(name, table)| {
            let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.id() == name)?;
            target(cloud, table, hierarchy, scope, diagnostics)
        })
        .collect()
}

fn target(
    cloud: Cloud,
    table: &Spanned<TargetTable>,
    hierarchy: &Hierarchy,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<Target> {
    let span = table.span;
    let table = &table.value;
    let mut text =
        |setting: &Option<Spanned<Templated<String>>>| -> Option<Option<Spanned<String>>> {
            let Some(setting) = setting else {
                return Some(None);
            };
            let value = diagnostics.take(setting.value.render(scope))?;
            Some(Some(Spanned::new(value, setting.span)).filter(|value| !value.value.is_empty()))
        };
    let name = text(&table.name)?;
    let resource_group = text(&table.resource_group)?;
    let region = text(&table.region)?;
    let policy = text(&table.policy)?;
    let role = text(&table.role)?;
    let proof = text(&table.proof)?;
    let faults = [
        name.as_ref()
            .and_then(|name| target_faults::name(cloud, name)),
        resource_group
            .as_ref()
            .and_then(target_faults::resource_group),
        region.as_ref().and_then(target_faults::region),
        policy.as_ref().and_then(target_faults::policy),
        role.as_ref().and_then(target_faults::role),
    ];
    for fault in target_faults::foreign(cloud, table)
        .into_iter()
        .chain(faults.into_iter().flatten())
    {
        diagnostics.push(fault);
    }
    let (devices, fleets) = devices(table, hierarchy, scope, diagnostics)?;
    let cas = cas(
        cloud,
        table,
        (&devices, &fleets),
        hierarchy,
        scope,
        diagnostics,
    )?;
    // Where `when` has taken it away there is none.
    let proof = proof.filter(|proof| hierarchy.get(&proof.value).is_some());
    Some(Target {
        cloud,
        name,
        resource_group,
        region,
        cas,
        devices,
        fleets,
        proof,
        attestation: table
            .attestation
            .as_ref()
            .map(|said| said.value)
            .unwrap_or_default(),
        verified: table.verified.unwrap_or(false),
        policy,
        role,
        span,
    })
}

fn devices(
    table: &TargetTable,
    hierarchy: &Hierarchy,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<(Vec<String>, Vec<String>)> {
    let Some(families) = &table.devices else {
        let all = hierarchy
            .entities()
            .filter(|entity| !entity.is_ca() && entity.profile.as_deref() == Some("device"));
        let fleets = hierarchy
            .fleets()
            .iter()
            .filter(|fleet| fleet.profile() == Some("device"));
        return Some((
            all.map(|entity| entity.id.clone()).collect(),
            fleets.map(|fleet| fleet.name().to_owned()).collect(),
        ));
    };
    let mut ids = Vec::new();
    let mut fleets = Vec::new();
    for family in families {
        let name = diagnostics.take(family.value.render(scope))?;
        if hierarchy.fleets().iter().any(|fleet| fleet.name() == name) {
            fleets.push(name);
            continue;
        }
        let before = ids.len();
        let members = hierarchy
            .entities()
            .filter(|entity| !entity.is_ca() && (entity.family == name || entity.id == name));
        ids.extend(members.map(|entity| entity.id.clone()));
        if ids.len() == before {
            diagnostics.push(unknown("leaf", &name, family.span));
            return None;
        }
    }
    Some((ids, fleets))
}

/// The first members of a fleet: enough to tell which CAs issue it, where the spec does not say which are registered.
fn some_of(fleet: &Fleet) -> Vec<Entity> {
    let resolver = fleet.resolver();
    let members = fleet.members().flatten().take(SOME);
    members
        .filter_map(|member| resolver.entity(&member).ok())
        .collect()
}

fn cas(
    cloud: Cloud,
    table: &TargetTable,
    (devices, fleets): (&[String], &[String]),
    hierarchy: &Hierarchy,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Spanned<String>>> {
    let attestation = table.attestation.as_ref().map(|said| said.value);
    let Some(named) = &table.cas else {
        // Who is known by a thumbprint needs no CA.
        if attestation == Some(Attestation::Thumbprint) && cloud != Cloud::AwsIot {
            return Some(Vec::new());
        }
        let mut ids: Vec<Spanned<String>> = Vec::new();
        let mut add = |entity: &Entity| {
            if !ids.iter().any(|known| known.value == entity.id) {
                ids.push(Spanned::new(entity.id.clone(), entity.span));
            }
        };
        let packed: Vec<Entity> = hierarchy
            .fleets()
            .iter()
            .filter(|fleet| fleets.iter().any(|name| name == fleet.name()))
            .flat_map(some_of)
            .collect();
        let devices = devices
            .iter()
            .filter_map(|id| hierarchy.get(id))
            .map(AsRef::as_ref);
        for device in devices.chain(&packed) {
            let issuers = hierarchy.issuers(device);
            // AWS looks the issuing CA up, and nothing above it.
            let wanted = match cloud {
                Cloud::AwsIot => issuers.first(),
                Cloud::AzureIotHub | Cloud::AzureDps => issuers.last(),
            };
            if let Some(ca) = wanted {
                add(ca);
            }
        }
        return Some(ids);
    };
    let mut ids = Vec::new();
    for name in named {
        let id = diagnostics.take(name.value.render(scope))?;
        if !hierarchy.get(&id).is_some_and(|entity| entity.is_ca()) {
            diagnostics.push(unknown("ca", &id, name.span));
            return None;
        }
        ids.push(Spanned::new(id, name.span));
    }
    Some(ids)
}

fn unknown(kind: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "unknown-entity",
        format!("there is no {kind} `{name}` in the spec"),
    )
    .at(span, "named here")
    .help("`pkiform tree` lists the entities")
}
