//! `pkiform plan`: what apply would do, and why.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value;

use super::args::{Planning, Signing, Specs};
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::saved::{inputs, save};
use super::session::{Session, now, specs};
use super::watch::watched;
use crate::execute::{RemoteSigner, SpecSeed};
use crate::plan::{Allowed, Options, Plan, plan};
use crate::report::{json, text};
use crate::source::Diagnostic;
use crate::store::State;

/// Show what apply would do, and the reason for each step; nothing is made
#[derive(Args, Debug)]
pub(super) struct PlanCommand {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    signing: Signing,
    /// Save the plan; `pkiform apply FILE` then does that plan or refuses
    #[arg(long, value_name = "FILE.json")]
    save: Option<Utf8PathBuf>,
    /// Exit with 3 if there is something to do
    #[arg(long)]
    detailed_exitcode: bool,
}

impl PlanCommand {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let paths = specs(&self.specs.specs).map_err(Refusal::alone)?;
        if self.save.is_some() && paths.len() > 1 {
            return Err(Refusal::alone(Diagnostic::error(
                "saved-plan",
                "--save takes the plan of one spec",
            )));
        }
        let mut exit = Exit::Done;
        let mut data = Vec::new();
        let options = options(&self.planning, self.signing.connect()?.as_ref());
        for mut session in Session::load_all(&paths, values, now)? {
            if paths.first() != Some(&session.spec) {
                output.say("\n");
            }
            let seed = session.seed(self.specs.values.allow_commands)?;
            if let Some(seed) = &seed {
                session.warnings.extend(seed.warnings.clone());
            }
            let (_, plan) = planned(&session, &with_seed(&options, seed.as_ref()), output)?;
            let needs_word = plan.needs_word().clone();
            if output.json {
                let mut value = json::plan(&plan);
                if let Some(object) = value.as_object_mut() {
                    let mut found = session.warnings.clone();
                    found.extend(plan.warnings.clone());
                    found.extend(needs_word.clone());
                    found.extend(plan.left_out.clone());
                    object.insert(
                        "diagnostics".to_owned(),
                        json::diagnostics(&found, &session.map),
                    );
                    object.insert(
                        "allowed".to_owned(),
                        serde_json::to_value(&session.lifted).unwrap_or_default(),
                    );
                }
                data.push(value);
            } else {
                say(output, &session, &plan);
                output.diagnostics(&needs_word, &session.map);
            }
            if let Some(file) = &self.save {
                save(
                    file,
                    &inputs(&session.spec, values, &self.planning, now),
                    plan.clone(),
                )
                .map_err(|error| session.refusal(error))?;
                output.say(&format!("Saved to {file}: pkiform apply {file}\n"));
            }
            if needs_word.has_errors() || plan.left_out.has_errors() {
                exit = exit.max(Exit::Failed);
            } else if self.detailed_exitcode && !plan.is_empty() {
                exit = exit.max(Exit::Changes);
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

/// Draws a plan with the warnings about it.
pub(super) fn say(output: Output, session: &Session, plan: &Plan) {
    let is_whole = plan.orphans.is_empty() && plan.fleets.iter().all(|fleet| fleet.left == 0);
    if plan.is_empty() && is_whole && !plan.needs_word().has_errors() {
        output.say(&text::no_changes(plan));
    } else {
        output.say(&text::plan(plan, output.detail(), output.style));
    }
    for lifted in &session.lifted {
        if output.verbose {
            output.note(&format!(
                "allowed: {} breaks {}: {}\n",
                lifted.entity, lifted.rule, lifted.message
            ));
        }
    }
    output.diagnostics(&session.warnings, &session.map);
    output.diagnostics(&plan.warnings, &session.map);
    output.diagnostics(&plan.left_out, &session.map);
}

/// The plan for what the store holds.
pub(super) fn planned(
    session: &Session,
    options: &Options,
    output: Output,
) -> Result<(State, Plan), Box<Refusal>> {
    let state = session.state().map_err(|error| session.refusal(error))?;
    let plan = || plan(&session.hierarchy, &state, options);
    let plan = if session.hierarchy.fleets().is_empty() {
        plan()
    } else {
        watched(output, "planning", &options.walked, plan)
    };
    let plan = plan.map_err(|found| session.refusal(found))?;
    Ok((state, plan))
}

/// The same options, with the seed of one spec.
pub(super) fn with_seed(options: &Options, seed: Option<&SpecSeed>) -> Options {
    Options {
        seed: seed.map(|read| read.seed.clone()),
        ..options.clone()
    }
}

/// The plan's options from the flags, and the process that signs.
pub(super) fn options(planning: &Planning, signer: Option<&RemoteSigner>) -> Options {
    let allowed = &planning.allow_key_replacement;
    Options {
        targets: planning.target.clone(),
        shard: planning.shard,
        allow_key_replacement: if allowed.is_empty() {
            Allowed::Nothing
        } else if allowed.iter().any(String::is_empty) {
            Allowed::All
        } else {
            Allowed::Only(allowed.iter().cloned().collect())
        },
        prune: planning.prune,
        repackage: planning.repackage.clone(),
        signers: signer
            .iter()
            .flat_map(|signer| signer.cas())
            .map(str::to_owned)
            .collect(),
        reads: false,
        walked: std::sync::Arc::default(),
        seed: None,
    }
}
