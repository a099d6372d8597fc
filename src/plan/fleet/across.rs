//! Public keys that came with members of one fleet, and with another's or with an entity beside packs.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::members::MemberIds;
use crate::hierarchy::{Entity, Hierarchy, shared_key};
use crate::source::Diagnostics;
use crate::store::{Owner, State, StoreError};

/// How many pairs are named.
const NAMED: usize = 20;

/// Finds keys that two fleets share, or a fleet and the rest. `walked` has the keys of the fleets whose members were looked
/// at; those of the others are as their packs have them.
pub(in crate::plan) fn shared_across(
    hierarchy: &Hierarchy,
    state: &State,
    walked: BTreeMap<&str, MemberIds>,
) -> Result<Diagnostics, StoreError> {
    let mut found = Diagnostics::new();
    let fleets = hierarchy.fleets().iter();
    let fleets: Vec<_> = fleets.filter(|fleet| fleet.has_given_keys()).collect();
    let beside = || hierarchy.entities().map(AsRef::as_ref);
    let mut all = MemberIds::default();
    for given in beside().filter_map(|entity: &Entity| entity.given_key.as_ref()) {
        all.add_octets(&Sha256::digest(&given.spki_der).into());
    }
    let places = fleets.len().saturating_add(usize::from(!all.is_empty()));
    if places < 2 || !fleets.iter().any(|fleet| walked.contains_key(fleet.name())) {
        return Ok(found);
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
        return Ok(found);
    }
    let members = fleets.iter().flat_map(|fleet| {
        let resolver = fleet.resolver();
        let members = fleet.members().flatten();
        members.filter_map(move |member| resolver.entity(&member).ok())
    });
    let mut seen: BTreeMap<Vec<u8>, Entity> = BTreeMap::new();
    for entity in beside().cloned().chain(members) {
        let Some(given) = &entity.given_key else {
            continue;
        };
        let digest = Sha256::digest(&given.spki_der).into();
        if !suspects.contains(&MemberIds::print_octets(&digest)) {
            continue;
        }
        if let Some(other) = seen.insert(given.spki_der.to_vec(), entity.clone()) {
            found.push(shared_key(&other, &entity));
        }
        if found.errors() >= NAMED {
            break;
        }
    }
    Ok(found)
}
