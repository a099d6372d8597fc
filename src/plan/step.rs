//! A plan: its steps in the order in which they are done, issuers first.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::source::Diagnostics;

use super::{Action, Counts, CrlStep, FleetPlan, Options, Reason, Reproduction, Revoked};

/// What would be done, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The spec's name.
    pub spec: String,
    /// The environment, if one was chosen.
    pub env: Option<String>,
    /// The store's folder.
    pub store: Utf8PathBuf,
    /// Whether the store does not exist yet.
    pub new_store: bool,
    /// The one time of the run, from which relative dates count unless there is an epoch.
    pub now: Timestamp,
    /// The seed's fingerprint and the epoch of a reproducible PKI.
    pub reproducible: Option<Reproduction>,
    /// One step for each entity of the hierarchy (of the targets), issuers first; then the removals.
    pub steps: Vec<Step>,
    /// The fleets that lie in packs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fleets: Vec<FleetPlan>,
    /// Entities that the lock knows and the spec does not, left alone.
    pub orphans: Vec<Orphan>,
    /// Packs of fleets that left the spec, relative to the store: they go to the archive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pruned_packs: Vec<Utf8PathBuf>,
    /// How it was made: packed fleets are planned again, lot by lot, as they are carried out.
    #[serde(skip)]
    pub(crate) options: Options,
    /// SHA-256 over the hierarchy's fingerprints and outputs.
    pub(super) hierarchy_digest: String,
    /// SHA-256 over what the lock says.
    pub(super) lock_digest: String,
    /// What is worth saying and stops nothing.
    #[serde(skip)]
    pub warnings: Diagnostics,
    /// How many rows of fleets that lie in files are left out.
    #[serde(skip)]
    pub(super) loose_left_out: usize,
    /// How many entities need the user's word.
    #[serde(skip)]
    pub(super) needing: usize,
    /// What is wrong with the rows that are left out (`--keep-going`).
    #[serde(skip)]
    pub left_out: Diagnostics,
    /// What the plan would do and may not without the user's word.
    #[serde(skip)]
    pub(super) needs_word: Diagnostics,
}

impl Plan {
    /// How many entities each action concerns.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            counts.add(step.action);
        }
        for fleet in &self.fleets {
            counts.join(fleet.counts);
        }
        counts
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Keep)
            && self.fleets.iter().all(FleetPlan::is_empty)
            && self.pruned_packs.is_empty()
    }

    /// How many rows are left out (`--keep-going`).
    #[must_use]
    pub fn rows_left_out(&self) -> usize {
        let packed = self.fleets.iter().map(|fleet| fleet.left_out);
        packed.fold(self.loose_left_out, usize::saturating_add)
    }

    /// How many entities it is about, those that leave not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        let stay = self
            .steps
            .iter()
            .filter(|step| step.action != Action::Remove);
        let members = self.fleets.iter().map(|fleet| fleet.members);
        stay.count().saturating_add(members.sum())
    }

    /// The ids of the entities whose keys sign something.
    #[must_use]
    pub fn signers(&self) -> BTreeSet<&str> {
        let issuers = self
            .steps
            .iter()
            .filter(|step| step.action.issues())
            .filter_map(|step| step.issuer.as_deref());
        let lists = self.steps.iter().filter(|step| step.crl.is_some());
        issuers.chain(lists.map(|step| step.id.as_str())).collect()
    }

    /// Errors (`key-replacement`, `missing-key`) for what is not done without a flag: `apply` refuses while
    /// there is one, `plan` shows them below the plan.
    #[must_use]
    pub fn needs_word(&self) -> &Diagnostics {
        &self.needs_word
    }

    /// Whether something that exists would be changed or taken away.
    #[must_use]
    pub fn touches_what_exists(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.action.touches_what_exists())
            || self.fleets.iter().any(FleetPlan::touches_what_exists)
            || !self.pruned_packs.is_empty()
    }
}

/// What is done with one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The entity's id.
    pub id: String,
    /// The spec's table that it comes from: `device` for `device-1`.
    pub family: String,
    /// What it is.
    pub kind: Kind,
    /// Its issuer's id; `None` for what is self-signed and for a bare key.
    pub issuer: Option<String>,
    /// Whether it is made elsewhere, and only read here.
    pub external: bool,
    /// How many issuers stand above it.
    pub depth: usize,
    /// The key algorithm's name, as in the spec.
    pub algorithm: String,
    /// The pathLenConstraint, if it has one.
    pub path_length: Option<u8>,
    /// The certificate's begin after the step; `None` for a bare key and a removal.
    pub not_before: Option<Timestamp>,
    /// The certificate's end after the step; `None` for a bare key and a removal.
    pub not_after: Option<Timestamp>,
    /// Whether the end is earlier than declared, because the issuer's certificate ends there.
    pub cut: bool,
    /// What is done.
    pub action: Action,
    /// Why; empty when nothing is done.
    pub reasons: Vec<Reason>,
    /// The files that change.
    pub files: Vec<FileChange>,
    /// Why and since when its certificates are revoked, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
    /// Of a CA, the CRL that is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl: Option<CrlStep>,
    /// The rules that the entity breaks on purpose (`allow`).
    pub allow: Vec<String>,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A certificate authority.
    Ca,
    /// An end entity.
    Leaf,
    /// A key pair alone.
    Key,
}

impl Kind {
    /// The word for it in a table: `CA`, `leaf`, `key`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ca => "CA",
            Self::Leaf => "leaf",
            Self::Key => "key",
        }
    }
}

/// A file that a step changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The artifact's id, as `fullchain`.
    pub artifact: String,
    /// The path, relative to the store.
    pub path: Utf8PathBuf,
    /// What happens to it.
    pub change: Change,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is made.
    Create,
    /// It is replaced.
    Rewrite,
    /// Its mode or group is mended.
    Mode,
    /// It is taken away.
    Remove,
}

/// An entity that left the spec and is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Its id.
    pub id: String,
    /// When its certificate ends, if it has one.
    pub not_after: Option<Timestamp>,
    /// Its files, relative to the store.
    pub files: Vec<Utf8PathBuf>,
}
