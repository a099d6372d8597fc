//! `pkiform plan`: what apply would do, and why.

use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use super::args::{Planning, Specs, Values};
use super::exit::Exit;
use super::output::Output;
use super::session::{Refusal, Session, finding, now, specs};
use crate::plan::{Allowed, Inputs, Options, Plan, SavedPlan, plan};
use crate::report::{json, text};
use crate::source::{Diagnostic, SourceMap};
use crate::store::State;

/// Show what apply would do, and the reason for each step; nothing is made
#[derive(Args, Debug)]
pub(super) struct PlanCommand {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    planning: Planning,
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
        let alone = |error: Diagnostic| {
            Box::new(Refusal {
                found: error.into(),
                map: SourceMap::new(),
            })
        };
        let now = now(values.now.as_deref()).map_err(alone)?;
        let paths = specs(&self.specs.specs).map_err(alone)?;
        if self.save.is_some() && paths.len() > 1 {
            return Err(alone(Diagnostic::error(
                "saved-plan",
                "--save takes the plan of one spec",
            )));
        }
        let mut exit = Exit::Done;
        let mut data = Vec::new();
        for path in &paths {
            let session = Session::load(path, values, now, paths.len() > 1)?;
            let (_, plan) = planned(&session, &options(&self.planning))?;
            let needs_word = plan.needs_word().clone();
            if output.json {
                let mut value = json::plan(&plan);
                if let Some(object) = value.as_object_mut() {
                    let mut found = session.warnings.clone();
                    found.extend(plan.warnings.clone());
                    found.extend(needs_word.clone());
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
                    &inputs(path, values, &self.planning, now),
                    plan.clone(),
                )
                .map_err(|error| session.refusal(error))?;
                output.say(&format!("Saved to {file}: pkiform apply {file}\n"));
            }
            if needs_word.has_errors() {
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
    if plan.is_empty() && plan.orphans.is_empty() {
        output.say(&text::no_changes(plan));
    } else {
        output.say(&text::plan(plan, output.style));
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
}

/// The plan for what the store holds.
pub(super) fn planned(session: &Session, options: &Options) -> Result<(State, Plan), Box<Refusal>> {
    let state = session.state().map_err(|error| session.refusal(error))?;
    let plan = plan(&session.hierarchy, &state, options).map_err(|found| session.refusal(found))?;
    Ok((state, plan))
}

/// The plan's options from the flags.
pub(super) fn options(planning: &Planning) -> Options {
    let allowed = &planning.allow_key_replacement;
    Options {
        targets: planning.target.clone(),
        allow_key_replacement: if allowed.is_empty() {
            Allowed::Nothing
        } else if allowed.iter().any(String::is_empty) {
            Allowed::All
        } else {
            Allowed::Only(allowed.iter().cloned().collect())
        },
        prune: planning.prune,
        repackage: planning.repackage.clone(),
    }
}

fn inputs(spec: &camino::Utf8Path, values: &Values, planning: &Planning, now: Timestamp) -> Inputs {
    let allowed = &planning.allow_key_replacement;
    let names: Vec<String> = allowed
        .iter()
        .filter(|name| !name.is_empty())
        .cloned()
        .collect();
    Inputs {
        spec: spec.to_owned(),
        env: values.env.clone(),
        vars: values.var.clone(),
        var_files: values.var_file.clone(),
        out: values.out.clone(),
        now,
        targets: planning.target.clone(),
        prune: planning.prune,
        repackage: planning.repackage.clone(),
        allow_key_replacement: (!allowed.is_empty()).then_some(names),
    }
}

/// A saved plan's flags.
pub(super) fn flags(inputs: &Inputs) -> (Values, Planning) {
    let values = Values {
        env: inputs.env.clone(),
        var: inputs.vars.clone(),
        var_file: inputs.var_files.clone(),
        out: inputs.out.clone(),
        now: None,
    };
    let planning = Planning {
        target: inputs.targets.clone(),
        allow_key_replacement: match inputs.allow_key_replacement.as_deref() {
            None => Vec::new(),
            Some([]) => vec![String::new()],
            Some(names) => names.to_vec(),
        },
        prune: inputs.prune,
        repackage: inputs.repackage.clone(),
    };
    (values, planning)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plan goes where the user says, outside of any store"
)]
fn save(file: &camino::Utf8Path, inputs: &Inputs, plan: Plan) -> Result<(), Diagnostic> {
    let text = SavedPlan::new(inputs.clone(), plan)
        .to_json()
        .map_err(|error| finding("saved-plan", &error))?;
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
    let folder = folder.unwrap_or(camino::Utf8Path::new("."));
    let write = || -> std::io::Result<()> {
        // Its variables may tell more than others need to know: the temporary file is the owner's alone, and stays so.
        let temporary = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::write(temporary.path(), text)?;
        temporary
            .persist(file)
            .map(drop)
            .map_err(|error| error.error)
    };
    write().map_err(|error| {
        Diagnostic::error("saved-plan", format!("`{file}` can't be written: {error}"))
    })
}
