//! What the plan of a packed fleet is made from, as a digest: while it and the pack's file are the same, and nothing is
//! due, there is nothing to do, and no member need be looked at.

use sha2::{Digest as _, Sha256};

use super::FleetPlan;
use super::summary::Looked;
use crate::hierarchy::{Fleet, Hierarchy};
use crate::plan::{Allowed, Options, Plan, Reproduction};
use crate::store::State;

/// Notes in a fleet's plan what it was made from, now that the CAs are in place.
pub(crate) fn note_inputs(
    plan: &mut FleetPlan,
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    state: &State,
    whole: &Plan,
    options: &Options,
) {
    let found = inputs(
        hierarchy,
        fleet,
        state,
        whole.reproducible.as_ref(),
        options,
    );
    plan.inputs = found.filter(|_| plan.looked == Looked::Quiet);
}

/// The digest; none where the plan has flags that concern some members.
pub(super) fn inputs(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    state: &State,
    reproduction: Option<&Reproduction>,
    options: &Options,
) -> Option<[u8; 32]> {
    let plain = options.targets.is_empty()
        && options.repackage.is_empty()
        && !options.prune
        && options.allow_key_replacement == Allowed::Nothing;
    if !plain {
        return None;
    }
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(format!("{} ", text.len()));
        hash.update(text);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&format!("{:?}", options.shard));
    add(&format!("{reproduction:?}"));
    for ca in hierarchy.cas() {
        add(&ca.id);
        add(&format!("{:?} {:?}", ca.fingerprint, ca.revoked));
        if let Some(entry) = state.locked(&ca.id) {
            add(&serde_json::to_string(entry).unwrap_or_default());
        }
    }
    hash.update(fleet.digest());
    Some(hash.finalize().into())
}
