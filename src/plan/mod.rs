//! What would take the disk from what it holds to what the hierarchy says, and why; pure.

mod action;
mod crl_entries;
mod crl_faults;
mod crl_found;
mod decide;
mod decided;
mod expected;
mod faults;
mod files;
mod fingerprint;
mod fleet;
mod finish;
mod observe;
mod packaging;
mod reason;
mod revocation;
mod revoked;
mod saved;
mod seeded;
mod shard;
mod step;
mod targets;
mod validity;
mod walk;
mod whole;
mod words;

pub use action::{Action, Counts};
pub(crate) use crl_entries::sort as sort_entries;
pub(crate) use expected::{own_facts, unnumbered};
pub(crate) use files::place;
pub(crate) use fingerprint::{fingerprint, sha256};
pub(crate) use finish::trust;
pub use fleet::{FleetPlan, Found, Group, PartPlan, PartPlanner, find_member};
pub(crate) use fleet::{MemberIds, chosen, lot_rows, note_inputs, overlap, stale_chains};
pub(crate) use packaging::{Prints, packaging};
pub use reason::{NewlyRevoked, Reason};
pub use revocation::{CrlNumber, CrlStep, Pending};
pub use revoked::{Revoked, revoked_ca, revoked_entities};
pub use saved::{Inputs, SavedPlan};
pub use seeded::Reproduction;
pub(crate) use seeded::key_origin;
pub use shard::Shard;
pub use step::{Change, FileChange, Kind, Orphan, Plan, Step};
pub(crate) use walk::issuer_part;
pub use whole::plan;
pub(crate) use whole::plan_but_fleets;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::crypto::Seed;
use crate::hierarchy::Entity;

/// What the user asks of a plan beside the spec.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these entities (ids or families) and their issuers; empty: all.
    pub targets: Vec<String>,
    /// Only this share of the leaves and keys; CAs are in each.
    pub shard: Option<Shard>,
    /// Whose private key may be replaced, or made anew when it is lost.
    pub allow_key_replacement: Allowed,
    /// Whether entities that left the spec are removed.
    pub prune: bool,
    /// Entities (ids or families) whose derived files are written again in any case.
    pub repackage: Vec<String>,
    /// The CAs for which another process signs: their keys need not be here.
    pub signers: BTreeSet<String>,
    /// Whether the members of packed fleets are looked at, whatever the sizes and times of their packs say.
    pub reads: bool,
    /// Counts the members of packed fleets that were looked at, for who watches.
    pub walked: Arc<AtomicUsize>,
    /// The seed of a reproducible PKI. Without it the lock's word is taken for which keys are the seed's.
    pub seed: Option<Arc<Seed>>,
}

impl Options {
    /// Whether an entity's key need not be here, since another process signs for CAs.
    fn has_key_elsewhere(&self, entity: &Entity) -> bool {
        entity.is_ca() && !self.signers.is_empty()
    }
}

/// For which entities the user has given the word that an action needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Allowed {
    /// For none.
    #[default]
    Nothing,
    /// For every one.
    All,
    /// For these, by id or family.
    Only(BTreeSet<String>),
}

impl Allowed {
    /// Whether the word was given for this entity.
    #[must_use]
    pub fn covers(&self, id: &str, family: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Only(names) => names.contains(id) || names.contains(family),
        }
    }
}
