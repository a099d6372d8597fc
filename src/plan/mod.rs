//! What would take the disk from what it holds to what the hierarchy says, and why; pure.

mod action;
mod decide;
mod expected;
mod files;
mod fingerprint;
mod finish;
mod observe;
mod packaging;
mod reason;
mod saved;
mod step;
mod targets;
mod validity;
mod walk;
mod words;

pub use action::{Action, Counts};
pub(crate) use expected::own_facts;
pub(crate) use files::place;
pub(crate) use fingerprint::{fingerprint, sha256};
pub(crate) use finish::trust;
pub(crate) use packaging::{Prints, packaging};
pub use reason::Reason;
pub use saved::{Inputs, SavedPlan};
pub use step::{Change, FileChange, Kind, Orphan, Plan, Step};
pub(crate) use walk::issuer_part;
pub use walk::plan;

use std::collections::BTreeSet;

/// What the user asks of a plan beside the spec.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these entities (ids or families) and their issuers; empty: all.
    pub targets: Vec<String>,
    /// Whose private key may be replaced, or made anew when it is lost.
    pub allow_key_replacement: Allowed,
    /// Whether entities that left the spec are removed.
    pub prune: bool,
    /// Entities (ids or families) whose derived files are written again in any case.
    pub repackage: Vec<String>,
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
