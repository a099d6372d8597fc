//! An enrolment as a script for a shell, to be read, kept, or run.

use std::fmt::Write;

use camino::Utf8Path;

use super::Enrolment;
use super::task::{Step, Word};

/// The script. It stops at the first failure, as `pkiform enroll --run` does.
#[must_use]
pub fn script(enrolment: &Enrolment, title: &str) -> String {
    let mut text = format!("#!/bin/sh\n# {title}\n");
    if has_relative_paths(enrolment) {
        text.push_str(
            "# Its paths are relative to the folder where `pkiform enroll` ran: run it there.\n",
        );
    }
    text.push_str("set -eu\n");
    for task in &enrolment.tasks {
        let _ = write!(text, "\n# {}\n", task.about.replace(char::is_control, " "));
        for step in &task.steps {
            text.push_str(&line(step));
            text.push('\n');
        }
    }
    text
}

fn has_relative_paths(enrolment: &Enrolment) -> bool {
    let steps = enrolment.tasks.iter().flat_map(|task| &task.steps);
    steps.flat_map(|step| &step.words).any(|word| match word {
        Word::File(path) => {
            Utf8Path::new(path.strip_prefix("file://").unwrap_or(path)).is_relative()
        }
        Word::Text(_) | Word::Variable(_) => false,
    })
}

/// One command as a line of a shell.
#[must_use]
pub fn line(step: &Step) -> String {
    let words: Vec<String> = step.words.iter().map(word).collect();
    let command = words.join(" ");
    match step.into {
        Some(variable) => format!("{variable}=$({command})"),
        None => command,
    }
}

fn word(word: &Word) -> String {
    match word {
        Word::Text(text) | Word::File(text) => {
            shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
        }
        Word::Variable(name) => format!("\"${name}\""),
    }
}
