//! Carrying an enrolment out: each command shown before it runs, the first failure the end, what is done not done again.

#![expect(
    clippy::disallowed_types,
    reason = "the door through which a cloud's own program is started"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::script::line;
use super::task::{Step, Word};
use super::{Enrolment, Progress};
use crate::source::Diagnostic;

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Tasks that were done.
    pub done: usize,
    /// Tasks that an earlier run had done.
    pub before: usize,
}

/// Runs the tasks that are not done yet. `own` is the program that stands for `pkiform`; `show` gets each command before
/// it runs.
///
/// # Errors
/// The first command that cannot be started or fails; what was done before stays done.
pub fn run(
    enrolment: &Enrolment,
    progress: &mut Progress,
    own: &str,
    show: &mut dyn FnMut(&str),
) -> Result<Ran, Diagnostic> {
    let programs = programs(enrolment, progress, own)?;
    let mut ran = Ran::default();
    for task in &enrolment.tasks {
        if progress.has(task) {
            ran.before = ran.before.saturating_add(1);
            continue;
        }
        show(&format!("# {}", task.about));
        let mut variables = BTreeMap::new();
        let again = task.again.as_ref().filter(|_| progress.had(task));
        for step in again.unwrap_or(&task.steps) {
            show(&format!("$ {}", line(step)));
            let output = one(step, &programs, &variables).map_err(|why| {
                let left = enrolment
                    .tasks
                    .len()
                    .saturating_sub(ran.done)
                    .saturating_sub(ran.before);
                Diagnostic::error("enroll", format!("to {}: {why}", task.about))
                    .note(format!(
                        "{} done, {left} left",
                        ran.done.saturating_add(ran.before)
                    ))
                    .help(format!(
                        "mend it and run again: it goes on with this one. If the cloud has it all the same, let {} say so, in a line: {}",
                        progress.path(),
                        Progress::line(task)
                    ))
            })?;
            if let Some(variable) = step.into {
                variables.insert(variable, output);
            }
        }
        progress
            .note(task)
            .map_err(|error| Diagnostic::error("enroll", error.to_string()))?;
        ran.done = ran.done.saturating_add(1);
    }
    Ok(ran)
}

/// Where each program stands that will be wanted, so that nothing begins where one is missing.
fn programs(
    enrolment: &Enrolment,
    progress: &Progress,
    own: &str,
) -> Result<BTreeMap<String, PathBuf>, Diagnostic> {
    let mut found = BTreeMap::from([("pkiform".to_owned(), PathBuf::from(own))]);
    let tasks = enrolment.tasks.iter();
    let wanted = tasks.filter(|task| !progress.has(task));
    for step in wanted.flat_map(|task| &task.steps) {
        let Some(Word::Text(program)) = step.words.first() else {
            continue;
        };
        if found.contains_key(program) {
            continue;
        }
        let path = which::which(program).map_err(|_| {
            Diagnostic::error("enroll", format!("`{program}` is not on the PATH"))
                .help("install it; or leave out --run, and run the script where it is")
        })?;
        found.insert(program.clone(), path);
    }
    Ok(found)
}

/// Runs a command, and gives what it says if that is wanted.
fn one(
    step: &Step,
    programs: &BTreeMap<String, PathBuf>,
    variables: &BTreeMap<&'static str, String>,
) -> Result<String, String> {
    let words: Vec<String> = step
        .words
        .iter()
        .map(|word| match word {
            Word::Text(text) | Word::File(text) => text.clone(),
            Word::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        })
        .collect();
    let Some((program, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let started = programs
        .get(program)
        .map_or(program.as_ref(), PathBuf::as_path);
    let wanted = step.into.is_some();
    let mut command = Command::new(started);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(if wanted {
            Stdio::piped()
        } else {
            // What it says of its work stands where the commands are shown; the result is ours to print.
            std::io::stderr().into()
        })
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{program}` failed ({})", output.status));
    }
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if wanted && said.is_empty() {
        return Err(format!(
            "`{program}` said nothing, where it should have said a value"
        ));
    }
    Ok(said)
}
