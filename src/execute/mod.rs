//! Carrying out a plan: parallel, resumable; emits events, prints nothing.

mod ca;
mod cas;
mod crl;
mod deal;
mod error;
mod event;
mod fleet;
mod fleets;
mod issue;
mod keyring;
mod line;
mod merge;
mod output;
mod plan_secrets;
mod prove;
mod run;
pub(crate) mod secrets;
mod seed;
mod signer;
mod stop;
mod work;

pub use error::ExecuteError;
pub use event::{Event, Kept, Made, Outcome};
pub use fleets::refresh_fleets;
pub use merge::{Merged, MergedPack, Source, merge};
pub use output::OutputError;
pub use plan_secrets::Secrets;
pub use prove::{Proof, check_code, proof_path, prove};
pub use run::{execute, execute_with};
pub use seed::{SpecSeed, read_seed};
pub use signer::{RemoteSigner, Served, serve};
pub use stop::Stop;

use camino::Utf8PathBuf;

/// How a plan is carried out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How many threads; `None`: rayon's own choice (`RAYON_NUM_THREADS`, else all cores).
    pub jobs: Option<usize>,
    /// Whether a `command:` of the spec may be run.
    pub allow_commands: bool,
    /// The folder to which the `file:` secrets of the spec are relative.
    pub base: Utf8PathBuf,
    /// The seed, if it was read already ([`read_seed`]); else a reproducible PKI's is read when the plan is carried out.
    pub seed: Option<SpecSeed>,
    /// The process that signs for CAs whose keys are not here.
    pub signer: Option<RemoteSigner>,
    /// By what the run is asked to stop before its end; it then gives [`ExecuteError::Interrupted`].
    pub stop: Stop,
    /// Whether [`Outcome::kept`] holds every key and certificate that was made: for who wants them in memory.
    pub keeps: bool,
}
