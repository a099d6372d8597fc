//! Public keys that came with members of one fleet, and with another's or with an entity beside packs.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::duplicates::shared_keys;
use super::members::MemberIds;
use crate::hierarchy::{Entity, Fleet, Hierarchy};
use crate::plan::Options;
use crate::source::Diagnostics;
use crate::store::{Owner, State, StoreError};

/// Finds keys that two fleets share, or a fleet and the rest. `walked` has the keys of the fleets whose members were looked
/// at; those of the others are as their packs have them. A plan that is about some entities alone looks at all of the spec:
/// what it leaves out may have the key already, or be made elsewhere.
pub(in crate::plan) fn shared_across(
    hierarchy: &Hierarchy,
    state: &State,
    options: &Options,
    walked: BTreeMap<&str, MemberIds>,
) -> Result<Diagnostics, StoreError> {
    let fleets = hierarchy.fleets().iter();
    let fleets: Vec<_> = fleets.filter(|fleet| fleet.has_given_keys()).collect();
    if fleets.is_empty() {
        return Ok(Diagnostics::new());
    }
    let mut all = MemberIds::default();
    for given in hierarchy
        .entities()
        .filter_map(|entity| entity.given_key.as_ref())
    {
        all.add_octets(&Sha256::digest(&given.spki_der).into());
    }
    let places = fleets.len().saturating_add(usize::from(!all.is_empty()));
    if !options.targets.is_empty() || options.shard.is_some() {
        return Ok(of_all(hierarchy, &fleets));
    }
    if places < 2 || !fleets.iter().any(|fleet| walked.contains_key(fleet.name())) {
        return Ok(Diagnostics::new());
    }
    let mut walked = walked;
    for fleet in &fleets {
        if let Some(keys) = walked.remove(fleet.name()) {
            all.join(keys);
        } else if let Some(pack) = state.pack(&Owner::of(hierarchy, fleet, None))? {
            pack.identities(&mut |_, key| all.add_octets(key))?;
        }
    }
    all.sort();
    let suspects: BTreeSet<u64> = all.twice().collect();
    if suspects.is_empty() {
        return Ok(Diagnostics::new());
    }
    Ok(shared_keys(entities(hierarchy, &fleets), &suspects))
}

/// The same by the spec alone.
fn of_all(hierarchy: &Hierarchy, fleets: &[&Fleet]) -> Diagnostics {
    let mut all = MemberIds::default();
    let given = entities(hierarchy, fleets).filter_map(|entity| entity.given_key);
    for given in given {
        all.add_octets(&Sha256::digest(&given.spki_der).into());
    }
    all.sort();
    let suspects: BTreeSet<u64> = all.twice().collect();
    if suspects.is_empty() {
        return Diagnostics::new();
    }
    shared_keys(entities(hierarchy, fleets), &suspects)
}

/// What lies beside packs, then the members of these fleets.
fn entities<'a>(
    hierarchy: &'a Hierarchy,
    fleets: &'a [&'a Fleet],
) -> impl Iterator<Item = Entity> + 'a {
    let members = fleets.iter().flat_map(|fleet| {
        let resolver = fleet.resolver();
        let members = fleet.members().flatten();
        members.filter_map(move |member| resolver.entity(&member).ok())
    });
    let beside = hierarchy.entities().map(|entity| (**entity).clone());
    beside.chain(members)
}
