//! What a run tells while it works, and what it has done in the end.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::crypto::PrivateKey;
use crate::plan::{Action, Kind};
use crate::source::{Diagnostic, Diagnostics};
use crate::x509::colons;

/// Something that happened during a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    Started {
        /// How many entities it will work on.
        total: usize,
    },
    /// An entity is done, its files are in place.
    Done {
        /// Its id.
        id: String,
        /// The spec's table that it comes from.
        family: String,
        /// What was done.
        action: Action,
        /// How many are done.
        done: usize,
        /// How many there are to do.
        total: usize,
    },
    /// The members of a packed fleet are done; its archives are written.
    Archiving {
        /// The fleet.
        family: String,
        /// How many archives are written.
        done: usize,
        /// How many there are to write.
        total: usize,
    },
    /// Something worth saying; it is in the outcome too.
    Warning(Diagnostic),
    /// The lock is written, the run has ended well.
    Finished,
}

/// What a run has done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Certificates issued.
    pub certificates: usize,
    /// Private keys made.
    pub keys: usize,
    /// Files written.
    pub files: usize,
    /// Files taken away.
    pub removed: usize,
    /// Members of packed fleets that were taken out.
    #[serde(skip_serializing_if = "is_none")]
    pub members_removed: usize,
    /// Packs written, relative to the store.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<Utf8PathBuf>,
    /// Private keys that went to the archive, relative to the store.
    pub archived: Vec<Utf8PathBuf>,
    /// The entities worked on, in the plan's order.
    pub made: Vec<Made>,
    /// What was made, by the entities' ids, if [`Options::keeps`](super::Options::keeps) asks for it.
    #[serde(skip)]
    pub kept: BTreeMap<String, Kept>,
    /// What was worth saying.
    #[serde(skip)]
    pub warnings: Diagnostics,
}

/// What an entity was made to be.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its private key, if that was made or opened.
    pub key: Option<PrivateKey>,
    /// Its certificate, DER; empty for a bare key.
    pub certificate: Vec<u8>,
}

/// An entity that a run worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The spec's table that it comes from.
    pub family: String,
    /// What it is.
    pub kind: Kind,
    /// Its issuer's id.
    pub issuer: Option<String>,
    /// What was done.
    pub action: Action,
    /// SHA-256 of its certificate (DER) as colon-separated hex; `None` for a bare key or a removal.
    #[serde(serialize_with = "print")]
    pub certificate_sha256: Option<[u8; 32]>,
    /// Files written, relative to the store.
    pub files: Vec<Utf8PathBuf>,
}

#[expect(clippy::ref_option, reason = "serde passes the field so")]
fn print<S: serde::Serializer>(digest: &Option<[u8; 32]>, to: S) -> Result<S::Ok, S::Error> {
    digest.as_ref().map(|digest| colons(digest)).serialize(to)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field so"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}
