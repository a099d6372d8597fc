//! `pkiform apply`: shows the plan, asks where something exists, and does it.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Instant;

use camino::Utf8Path;
use clap::Args;
use serde_json::Value;

use super::args::{Planning, Specs, Values};
use super::exit::Exit;
use super::output::Output;
use super::plan::{flags, options, planned, say};
use super::session::{Refusal, Session, finding, now, specs, store_error};
use crate::execute::{self, Event, ExecuteError, execute};
use crate::plan::{Plan, SavedPlan};
use crate::report::progress::Progress;
use crate::report::{json, text};
use crate::source::{Diagnostic, SourceMap};
use crate::store::Store;

/// Make what the spec says: show the plan, then carry it out. Applied again, nothing changes
#[derive(Args, Debug)]
pub(super) struct Apply {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    planning: Planning,
    /// Don't ask before something that exists is changed
    #[arg(short, long)]
    yes: bool,
    /// How many threads (else `RAYON_NUM_THREADS`, else all cores)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Let `command:` sources of the spec run
    #[arg(long)]
    allow_commands: bool,
}

impl Apply {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let alone = |error: Diagnostic| {
            Box::new(Refusal {
                found: error.into(),
                map: SourceMap::new(),
            })
        };
        if let [file] = self.specs.specs.as_slice()
            && file.extension() == Some("json")
        {
            return self.saved(file, output);
        }
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(alone)?;
        let paths = specs(&self.specs.specs).map_err(alone)?;
        let mut data = Vec::new();
        for path in &paths {
            let session = Session::load(path, values, now, paths.len() > 1)?;
            data.extend(self.one(&session, &self.planning, None, output)?);
        }
        if output.json {
            output.data(&match <[Value; 1]>::try_from(data) {
                Ok([one]) => one,
                Err(several) => Value::Array(several),
            });
        }
        Ok(Exit::Done)
    }

    /// Applies a saved plan, or refuses if the world has moved.
    fn saved(&self, file: &Utf8Path, output: Output) -> Result<Exit, Box<Refusal>> {
        let alone = |error: Diagnostic| {
            Box::new(Refusal {
                found: error.into(),
                map: SourceMap::new(),
            })
        };
        let saved = read_saved(file).map_err(alone)?;
        let (values, planning): (Values, Planning) = flags(&saved.inputs);
        let session = Session::load(&saved.inputs.spec, &values, saved.inputs.now, false)?;
        let data = self.one(&session, &planning, Some(&saved), output)?;
        if let (true, Some(data)) = (output.json, data) {
            output.data(&data);
        }
        Ok(Exit::Done)
    }

    /// Applies one spec; gives the report as data, if it is wanted so.
    fn one(
        &self,
        session: &Session,
        planning: &Planning,
        saved: Option<&SavedPlan>,
        output: Output,
    ) -> Result<Option<Value>, Box<Refusal>> {
        let begun = started();
        let options = options(planning);
        let (seen, shown) = planned(session, &options)?;
        if let Some(saved) = saved {
            saved
                .check(&shown)
                .map_err(|error| session.refusal(error))?;
        }
        if !output.json {
            say(output, session, &shown);
        }
        if shown.needs_word().has_errors() {
            return Err(session.refusal(shown.needs_word().clone()));
        }
        if shown.is_empty() {
            return Ok(output
                .json
                .then(|| report(session, &shown, &execute::Outcome::default())));
        }
        let asks = saved.is_none() && shown.touches_what_exists() && !self.yes;
        if asks && !confirmed(output) {
            output.note("Nothing was written.\n");
            return Ok(None);
        }
        let mut store =
            Store::open(&session.store).map_err(|error| session.refusal(store_error(&error)))?;
        // Between the plan that was shown and the guard, another run may have been at work: while a person thought it
        // over, or in an instant, which the lock then tells.
        let held = session.state().map_err(|error| session.refusal(error))?;
        let (state, plan) = if asks || held.lock_text() != seen.lock_text() {
            let (state, plan) = planned(session, &options)?;
            if plan.steps != shown.steps {
                return Err(session.refusal(
                    Diagnostic::error(
                        "stale-plan",
                        "another run has changed the store since the plan was shown",
                    )
                    .help("apply again"),
                ));
            }
            (state, plan)
        } else {
            (held, shown)
        };
        let how = execute::Options {
            jobs: self.jobs.map(usize::from),
            allow_commands: self.allow_commands,
            base: session.base(),
        };
        let mut progress = progress(output);
        let mut follow = |event: Event| {
            if let Some(line) = progress.follow(&event, begun.elapsed()) {
                output.note(&format!("{line}\n"));
            }
        };
        let outcome = execute(
            &plan,
            &session.hierarchy,
            &state,
            &mut store,
            &how,
            &mut follow,
        )
        .map_err(|error| match error {
            ExecuteError::Refused(found) => session.refusal(found),
            other => session.refusal(
                finding("apply", &other)
                    .note("what was done before it stays, and is in the lock")
                    .help(
                        "when the cause is mended, apply again: the run goes on where it stopped",
                    ),
            ),
        })?;
        if output.json {
            return Ok(Some(report(session, &plan, &outcome)));
        }
        output.diagnostics(&outcome.warnings, &session.map);
        let took = begun.elapsed().as_secs_f64();
        output.say("\n");
        output.say(&text::outcome(
            &outcome,
            &session.store,
            &session.spec,
            took,
            output.style,
        ));
        if output.verbose {
            for file in outcome.made.iter().flat_map(|made| &made.files) {
                output.say(&format!("  wrote {}\n", session.store.join(file)));
            }
        }
        Ok(None)
    }
}

fn report(session: &Session, plan: &Plan, outcome: &execute::Outcome) -> Value {
    let mut found = session.warnings.clone();
    found.extend(plan.warnings.clone());
    found.extend(outcome.warnings.clone());
    let mut value = json::outcome(outcome, plan);
    if let Some(object) = value.as_object_mut() {
        object.insert(
            "diagnostics".to_owned(),
            json::diagnostics(&found, &session.map),
        );
    }
    value
}

fn progress(output: Output) -> Progress {
    if output.quiet {
        Progress::Quiet
    } else if std::io::stderr().is_terminal() {
        Progress::Bar(None)
    } else {
        Progress::Lines(std::time::Duration::ZERO)
    }
}

/// Asks on a terminal; without one, the user has said what he wants by running the command.
fn confirmed(output: Output) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || output.json {
        return true;
    }
    output.note("\nSomething that exists would be changed. Go on? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a run is the command line's to tell"
)]
fn started() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plan lies where the user says, outside of any store"
)]
fn read_saved(file: &Utf8Path) -> Result<SavedPlan, Diagnostic> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Diagnostic::error("saved-plan", format!("`{file}` can't be read: {error}"))
    })?;
    SavedPlan::from_json(&text)
}
