//! Judging what is on disk: chains, drift, expiry, from the files alone.

mod chain;
mod compare;
mod crl;
mod drift;
mod entity;
mod fleet;
mod lock;
mod packed;
mod run;
mod secret_files;
mod verdict;

pub use compare::{Comparing, Difference, Kind, compare};
pub use entity::is_due;
pub use run::verify;
pub use verdict::{Check, Status, Summary, Verdict};

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use camino::Utf8PathBuf;
use jiff::SignedDuration;

use crate::plan::Shard;

/// What is judged beside what always is.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A certificate that ends within this time fails.
    pub expires_within: Option<SignedDuration>,
    /// The share of the leaves and keys that the store is to have; all if none.
    pub shard: Option<Shard>,
    /// Whether a `command:` of the spec may be run to get a passphrase.
    pub allow_commands: bool,
    /// The folder to which the `file:` secrets of the spec are relative.
    pub base: Utf8PathBuf,
    /// Counts the members of packed fleets that were looked at, for who watches.
    pub walked: Arc<AtomicUsize>,
}
