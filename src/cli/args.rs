//! The flags that commands share.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::refusal::Refusal;
use crate::execute::RemoteSigner;
use crate::plan::Shard;

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct Global {
    /// Print the report as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// When to use colours (`NO_COLOR` is obeyed)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more: each entity and each file
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// Which specs, and with what values.
#[derive(Args, Clone, Debug)]
pub(super) struct Specs {
    /// Specs, or folders whose specs are taken
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    pub(super) specs: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) values: Values,
}

/// What a spec is read with.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Spec and store")]
pub(super) struct Values {
    /// The environment of the spec to lay over it
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
    /// Set a variable of the spec
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(super) var: Vec<(String, String)>,
    /// Set variables from a TOML file
    #[arg(long, value_name = "FILE")]
    pub(super) var_file: Vec<Utf8PathBuf>,
    /// The store, instead of the spec's own (with several specs DIR/NAME)
    #[arg(long, value_name = "DIR", value_parser = path)]
    pub(super) out: Option<Utf8PathBuf>,
    /// The moment to count from, RFC 3339 (else `SOURCE_DATE_EPOCH`, else the clock)
    #[arg(long, value_name = "DATE")]
    pub(super) now: Option<String>,
    /// Leave bad rows of fleets out, list them, and go on with the good ones; the exit code is then 1 (of verify and check 4)
    #[arg(long)]
    pub(super) keep_going: bool,
    /// Let the commands run that the spec names for rows, passphrases or a seed
    #[arg(long)]
    pub(super) allow_commands: bool,
}

/// What a plan is made with.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Plan")]
pub(super) struct Planning {
    /// Only this entity, fleet or chain, and its issuers (may be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) target: Vec<String>,
    /// Only the I-th of N shares of the leaves and keys, dealt by a hash of their ids; CAs are in every share
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Let private keys be replaced: of all entities, or of this one (may be repeated); old keys are archived
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(super) allow_key_replacement: Vec<String>,
    /// Take away entities that left the spec; their keys are archived
    #[arg(long)]
    pub(super) prune: bool,
    /// Write the derived files of this entity again, as after a changed passphrase (may be repeated)
    #[arg(long, value_name = "ID")]
    pub(super) repackage: Vec<String>,
}

/// Who signs for CAs whose keys are not here.
#[derive(Args, Clone, Debug)]
pub(super) struct Signing {
    /// Let the process at this socket sign for the CAs that it serves: their keys need not be here (`pkiform signer`)
    #[arg(long, value_name = "PATH")]
    signer: Option<Utf8PathBuf>,
}

impl Signing {
    /// The process, if the user names one.
    pub(super) fn connect(&self) -> Result<Option<RemoteSigner>, Box<Refusal>> {
        let signer = self.signer.as_deref().map(RemoteSigner::connect);
        signer.transpose().map_err(Refusal::alone)
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// An empty path is a variable of a script that was not set.
fn path(text: &str) -> Result<Utf8PathBuf, String> {
    if text.is_empty() {
        Err("write a folder; `.` is the present one".to_owned())
    } else {
        Ok(Utf8PathBuf::from(text))
    }
}
