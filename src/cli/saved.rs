//! A plan in a file of the user's: written by `plan --save`, read by `apply`.

use camino::Utf8Path;
use jiff::Timestamp;

use super::args::{Planning, Values};
use super::session::finding;
use crate::plan::{Inputs, Plan, SavedPlan};
use crate::source::Diagnostic;

/// What a plan was made from.
pub(super) fn inputs(
    spec: &Utf8Path,
    values: &Values,
    planning: &Planning,
    now: Timestamp,
) -> Inputs {
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
        keep_going: values.keep_going,
        now,
        targets: planning.target.clone(),
        shard: planning.shard,
        prune: planning.prune,
        repackage: planning.repackage.clone(),
        allow_key_replacement: (!allowed.is_empty()).then_some(names),
    }
}

/// A saved plan's flags.
pub(super) fn flags(inputs: &Inputs, allow_commands: bool) -> (Values, Planning) {
    let values = Values {
        env: inputs.env.clone(),
        var: inputs.vars.clone(),
        var_file: inputs.var_files.clone(),
        out: inputs.out.clone(),
        now: None,
        keep_going: inputs.keep_going,
        allow_commands,
    };
    let planning = Planning {
        target: inputs.targets.clone(),
        allow_key_replacement: match inputs.allow_key_replacement.as_deref() {
            None => Vec::new(),
            Some([]) => vec![String::new()],
            Some(names) => names.to_vec(),
        },
        shard: inputs.shard,
        prune: inputs.prune,
        repackage: inputs.repackage.clone(),
    };
    (values, planning)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plan goes where the user says, outside of any store"
)]
/// Writes a plan to a file of the owner's alone: its variables may tell more than others need to know.
pub(super) fn save(file: &Utf8Path, inputs: &Inputs, plan: Plan) -> Result<(), Diagnostic> {
    let text = SavedPlan::new(inputs.clone(), plan)
        .to_json()
        .map_err(|error| finding("saved-plan", &error))?;
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
    let folder = folder.unwrap_or(Utf8Path::new("."));
    let write = || -> std::io::Result<()> {
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

#[expect(
    clippy::disallowed_methods,
    reason = "a plan lies where the user says, outside of any store"
)]
/// Reads a plan.
pub(super) fn read(file: &Utf8Path) -> Result<SavedPlan, Diagnostic> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Diagnostic::error("saved-plan", format!("`{file}` can't be read: {error}"))
    })?;
    SavedPlan::from_json(&text)
}
