//! What of an enrolment is done: a file beside the script, so that a run goes on where the last one stopped.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Task;
use crate::store::{StoreError, read_elsewhere, write_elsewhere};

/// The tasks that are done: the things that the clouds have, and the ids of the tasks that made them so.
#[derive(Debug)]
pub struct Progress {
    path: Utf8PathBuf,
    done: BTreeMap<String, String>,
}

impl Progress {
    /// Reads the file; none is nothing done.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(path: &Utf8Path) -> Result<Self, StoreError> {
        let text = read_elsewhere(path)?.unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            done: String::from_utf8_lossy(&text)
                .lines()
                .filter_map(|line| line.trim().split_once(' '))
                .map(|(id, thing)| (thing.to_owned(), id.to_owned()))
                .collect(),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Whether a task is done.
    #[must_use]
    pub fn has(&self, task: &Task) -> bool {
        self.done.get(&thing(task)) == Some(&task.id())
    }

    /// Whether the cloud has the thing that a task makes, in another form: with the certificate of before, as a rule.
    #[must_use]
    pub fn had(&self, task: &Task) -> bool {
        self.done
            .get(&thing(task))
            .is_some_and(|id| *id != task.id())
    }

    /// Notes a task as done.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn note(&mut self, task: &Task) -> Result<(), StoreError> {
        self.done.insert(thing(task), task.id());
        let lines: String = self
            .done
            .iter()
            .flat_map(|(thing, id)| [id, " ", thing, "\n"])
            .collect();
        write_elsewhere(&self.path, lines.as_bytes(), 0o644)
    }

    /// The line that says that a task is done.
    #[must_use]
    pub fn line(task: &Task) -> String {
        format!("{} {}", task.id(), thing(task))
    }
}

/// What a task makes, on one line.
fn thing(task: &Task) -> String {
    task.thing.replace(char::is_control, " ")
}
