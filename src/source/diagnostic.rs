//! What pkiform has to say about a spec or a store: one finding, its places, and what to do about it.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use indexmap::IndexSet;
use serde::Serialize;

use super::Span;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing is done while it stands.
    Error,
    /// Said, and passed over.
    Warning,
}

/// A place, and what is to be said at it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub message: String,
}

/// An entity that a finding is about, where the finding's places are those of the template that makes many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// Its id; empty if the fault is that it has none.
    pub id: String,
    /// The row or item that it is made for; nowhere if that has no place of its own.
    pub span: Span,
}

/// One finding. Sentences are lower case, names stand in backticks. Two that say the same at the same places are equal,
/// whatever entities they are about.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The kebab-case name of this kind of finding (`unknown-key`), or the id of the rule that made it.
    pub code: &'static str,
    /// How grave it is.
    pub level: Level,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The places; the first is the one to go to.
    pub labels: Vec<Label>,
    /// The source of the rule, or what follows from the fault (`= …` lines).
    pub notes: Vec<String>,
    /// What to do (`help: …` lines).
    pub help: Vec<String>,
    /// The rows or items of a fleet that it is about.
    pub about: Vec<About>,
}

impl Diagnostic {
    fn said(&self) -> impl PartialEq + Hash {
        (
            self.code,
            self.level,
            &self.message,
            &self.labels,
            &self.notes,
            &self.help,
        )
    }

    /// An error; nothing is written while one stands.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, code, message)
    }

    /// A finding of the given level.
    pub fn new(level: Level, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            level,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            about: Vec::new(),
        }
    }

    /// Adds a place. The first one added is the primary one; a span that is nowhere is left out.
    #[must_use]
    pub fn at(mut self, span: Span, message: impl Into<String>) -> Self {
        if span.is_somewhere() {
            self.labels.push(Label {
                span,
                message: message.into(),
            });
        }
        self
    }

    /// Says which entity of many it is about, and where its row stands.
    #[must_use]
    pub fn about(mut self, id: &str, row: Span) -> Self {
        self.about.push(About {
            id: id.to_owned(),
            span: row,
        });
        self
    }

    /// Takes over what another finding of the same fault is about.
    pub fn join(&mut self, about: impl IntoIterator<Item = About>) {
        for one in about {
            // A row that is used twice comes twice in a row.
            if self.about.last() != Some(&one) {
                self.about.push(one);
            }
        }
    }

    /// Adds a `= …` line: the source of the rule, or what follows.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a `help: …` line: what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl PartialEq for Diagnostic {
    fn eq(&self, other: &Self) -> bool {
        self.said() == other.said()
    }
}

impl Eq for Diagnostic {}

impl Hash for Diagnostic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.said().hash(state);
    }
}

/// Findings in the order in which they were made, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(IndexSet<Diagnostic>);

impl Diagnostics {
    /// No findings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding unless the very same one is there: a fault in the defaults is met once for each entity.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let about = diagnostic.about.clone();
        let Some(known) = self.0.replace(diagnostic) else {
            return;
        };
        let mut joined = known;
        joined.join(about);
        self.0.replace(joined);
    }

    /// Adds all of another list.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        for other in others {
            self.push(other);
        }
    }

    /// Keeps the good value; takes the finding of a bad one.
    pub fn take<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.push(diagnostic);
                None
            }
        }
    }

    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.0
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .count()
    }

    /// How many rows the errors are about; one that says of none is about one.
    #[must_use]
    pub fn rows(&self) -> usize {
        let errors = self.0.iter().filter(|one| one.level == Level::Error);
        let (named, unnamed): (Vec<_>, Vec<_>) = errors.partition(|one| !one.about.is_empty());
        let about: BTreeSet<&About> = named.iter().flat_map(|one| &one.about).collect();
        about.len().saturating_add(unnamed.len())
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings, in order.
    #[must_use]
    pub fn iter(&self) -> indexmap::set::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = indexmap::set::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = indexmap::set::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(IndexSet::from([diagnostic]))
    }
}
