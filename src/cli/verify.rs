//! `pkiform verify`: is what lies in the store what the spec says, whole and in time?

use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::args::Specs;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, specs};
use super::watch::watched;
use crate::plan::Shard;
use crate::report::{json, text};
use crate::spec::Duration;
use crate::template::FromText;
use crate::verify::{Options, verify};

/// Check the files: chains, keys, the lock, ends; exit 4 if something fails
#[derive(Args, Debug)]
pub(super) struct Verify {
    #[command(flatten)]
    specs: Specs,
    /// Fail if a certificate ends within this time, as `30d`
    #[arg(long, value_name = "DURATION", value_parser = Duration::from_text)]
    expires_within: Option<Duration>,
    /// The store has one share of the leaves and keys, as `2/4`: what `apply --shard` made
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
}

impl Verify {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let paths = specs(&self.specs.specs).map_err(Refusal::alone)?;
        let mut exit = Exit::Done;
        let mut data = Vec::new();
        for session in &Session::load_all(&paths, values, now)? {
            let state = session.state().map_err(|error| session.refusal(error))?;
            let within = self
                .expires_within
                .and_then(|within| within.seconds_from(now));
            let options = Options {
                expires_within: within.map(jiff::SignedDuration::from_secs),
                allow_commands: self.specs.values.allow_commands,
                base: session.base(),
                walked: Arc::default(),
                shard: self.shard,
            };
            let work = || verify(&session.hierarchy, &state, &options);
            let verdict = if session.hierarchy.fleets().is_empty() {
                work()
            } else {
                watched(output, "verifying", &options.walked, work)
            };
            let end = session.end(output);
            exit = exit.max(if verdict.is_good() {
                end
            } else {
                Exit::NotVerified
            });
            if output.json {
                let found = json::diagnostics(&session.warnings, &session.map);
                data.push(json::verdict(&verdict, &session.store, found));
            } else {
                output.diagnostics(&session.warnings, &session.map);
                if paths.len() > 1 {
                    output.say(&format!("{}\n", session.spec));
                }
                let drawn = text::verdict(&verdict, session.hierarchy.now(), output.style);
                if verdict.is_good() {
                    output.say(&drawn);
                } else {
                    output.print(&drawn);
                }
            }
        }
        if output.json {
            output.data(&match <[Value; 1]>::try_from(data) {
                Ok([one]) => one,
                Err(several) => Value::Array(several),
            });
        }
        Ok(exit)
    }
}
