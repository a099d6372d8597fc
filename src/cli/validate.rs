//! `pkiform validate`: is the spec whole? Nothing is read from the store, no command is run.

use clap::Args;
use serde_json::{Value, json};

use super::args::Specs;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, specs};
use super::watch::watched;
use crate::plan::{Options, plan};
use crate::report::json;
use crate::report::style::count;
use crate::source::Commands;
use crate::store::State;

/// Check a spec against its language and the rules of X.509; nothing is made
#[derive(Args, Debug)]
pub(super) struct Validate {
    #[command(flatten)]
    specs: Specs,
}

impl Validate {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let paths = specs(&self.specs.specs).map_err(Refusal::alone)?;
        let mut exit = Exit::Done;
        let mut data = Vec::new();
        for path in &paths {
            let loaded = Session::load_with(path, values, now, paths.len() > 1, Commands::Skipped)
                .and_then(|session| walked(session, output));
            match loaded {
                Ok((session, entities)) => {
                    if output.json {
                        data.push(json!({
                            "spec": path.as_str(),
                            "valid": true,
                            "entities": entities,
                            "diagnostics": json::diagnostics(&session.warnings, &session.map),
                            "allowed": session.lifted,
                        }));
                    } else {
                        output.diagnostics(&session.warnings, &session.map);
                        let entities = count(entities, "entity");
                        output.say(&format!("{path}: {entities}, no errors\n"));
                    }
                }
                Err(refusal) => {
                    exit = Exit::Failed;
                    if output.json {
                        let found: Vec<Value> = refusal
                            .found
                            .iter()
                            .map(|(found, map)| json::diagnostics(found, map))
                            .collect();
                        let found = found.into_iter().next().unwrap_or_default();
                        data.push(json!({
                            "spec": path.as_str(),
                            "valid": false,
                            "diagnostics": found,
                        }));
                    } else {
                        output.refuse(&refusal, true);
                    }
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

/// Looks at every member of the packed fleets; gives how many entities there are in all.
fn walked(mut session: Session, output: Output) -> Result<(Session, usize), Box<Refusal>> {
    let entities = session.hierarchy.len();
    if session.hierarchy.fleets().is_empty() {
        return Ok((session, entities));
    }
    // What rows of a seeded PKI are made of takes its seed; whether they are well does not.
    let options = Options::default();
    let plan = watched(output, "validating", &options.walked, || {
        plan(&session.hierarchy, &State::empty(), &options)
    });
    let plan = plan.map_err(|found| session.refusal(found))?;
    session.warnings.extend(plan.warnings.clone());
    Ok((session, plan.len()))
}
