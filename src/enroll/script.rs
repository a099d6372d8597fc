//! An enrolment as a script for a shell, to be read, kept, or run.

use std::fmt::Write;

use super::Enrolment;
use super::task::{Step, Word};

/// The script. It stops at the first failure, as `pkiform enroll --run` does.
#[must_use]
pub fn script(enrolment: &Enrolment, title: &str) -> String {
    let mut text = format!("#!/bin/sh\n# {title}\nset -eu\n");
    for task in &enrolment.tasks {
        let _ = write!(text, "\n# {}\n", task.about.replace(char::is_control, " "));
        for step in &task.steps {
            text.push_str(&line(step));
            text.push('\n');
        }
    }
    text
}

/// One command as a line of a shell.
pub(super) fn line(step: &Step) -> String {
    let words: Vec<String> = step.words.iter().map(word).collect();
    let command = words.join(" ");
    match step.into {
        Some(variable) => format!("{variable}=$({command})"),
        None => command,
    }
}

fn word(word: &Word) -> String {
    match word {
        Word::Text(text) => {
            shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
        }
        Word::Variable(name) => format!("\"${name}\""),
    }
}
