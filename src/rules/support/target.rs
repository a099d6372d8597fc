//! What the rules of clouds look at: the devices of a target, and their common names.

use std::sync::Arc;

use crate::hierarchy::{Cloud, Entity, Hierarchy, Target};

/// Every device of the clouds that a rule is about, with its target.
pub(crate) fn devices<'a>(
    hierarchy: &'a Hierarchy,
    clouds: &'a [Cloud],
) -> impl Iterator<Item = (&'a Target, &'a Arc<Entity>)> {
    targets(hierarchy, clouds).flat_map(|target| {
        let devices = target.devices.iter().filter_map(|id| hierarchy.get(id));
        devices.map(move |device| (target, device))
    })
}

/// Every CA that is registered with the clouds that a rule is about.
pub(crate) fn registered<'a>(
    hierarchy: &'a Hierarchy,
    clouds: &'a [Cloud],
) -> impl Iterator<Item = (&'a Target, &'a Arc<Entity>)> {
    targets(hierarchy, clouds).flat_map(|target| {
        let cas = target.cas.iter().filter_map(|ca| hierarchy.get(&ca.value));
        cas.map(move |ca| (target, ca))
    })
}

/// The targets that are one of these clouds.
pub(crate) fn targets<'a>(
    hierarchy: &'a Hierarchy,
    clouds: &'a [Cloud],
) -> impl Iterator<Item = &'a Target> {
    hierarchy
        .targets()
        .iter()
        .filter(|target| clouds.contains(&target.cloud))
}
