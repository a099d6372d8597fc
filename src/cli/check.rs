//! `pkiform check`: is what is committed exactly what the spec says?

use camino::Utf8PathBuf;
use clap::Args;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now};
use crate::execute;
use crate::report::{json, text};
use crate::verify::{Comparing, compare};

/// Check that a store is exactly what the spec says, field by field; exit 4 if not. For CI and before a commit
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The store, instead of the spec's own
    #[arg(value_name = "DIR", conflicts_with = "out")]
    dir: Option<Utf8PathBuf>,
    #[command(flatten)]
    values: Values,
    /// Leave private files out (keys, PKCS#12), where they are not committed
    #[arg(long)]
    without_keys: bool,
}

impl Check {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let mut values = self.values.clone();
        if let Some(dir) = &self.dir {
            values.out = Some(dir.clone());
        }
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &values, now, false)?;
        let seed = session.seed(self.values.allow_commands)?;
        let state = session.state().map_err(|error| session.refusal(error))?;
        let comparing = Comparing {
            without_keys: self.without_keys,
            execution: execute::Options {
                seed,
                ..session.execution(self.values.allow_commands)
            },
        };
        let found = compare(&session.hierarchy, &state, &comparing)
            .map_err(|fault| session.refusal(fault))?;
        if output.json {
            output.data(&json::differences(&found, &session.store));
        } else {
            output.diagnostics(&session.warnings, &session.map);
            let packed = session.hierarchy.fleets().iter();
            let packed = packed.map(|fleet| fleet.members().flatten().count());
            let count = session.hierarchy.len().saturating_add(packed.sum());
            let drawn = text::differences(&found, count, &session.store, output.style);
            if found.is_empty() {
                output.say(&drawn);
            } else {
                output.print(&drawn);
            }
        }
        Ok(if found.is_empty() {
            session.end(output)
        } else {
            Exit::NotVerified
        })
    }
}
