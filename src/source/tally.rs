//! Findings on the members of a fleet: like ones are one, with a count, however many members there are.

use indexmap::IndexMap;

use super::{Diagnostic, Diagnostics, Level, Span};

/// How many errors are told apart; what is wrong throughout shows in the first ones.
const MOST: usize = 20;

/// How many rows one finding names; a fleet has any number of them.
const NAMED: usize = 1000;

/// Findings by their kind and their place.
#[derive(Debug, Default)]
pub struct Tally {
    found: IndexMap<(&'static str, Span), (Diagnostic, u64)>,
    beyond: u64,
    errors: u64,
}

impl Tally {
    /// Takes findings in.
    pub fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        for one in found {
            self.add(one, 1);
        }
    }

    /// Takes a finding in that is on so many members.
    pub fn add(&mut self, one: Diagnostic, members: usize) {
        let members = u64::try_from(members).unwrap_or(u64::MAX);
        if one.level == Level::Error {
            self.errors = self.errors.saturating_add(members);
        }
        let span = one.labels.first().map_or(Span::NOWHERE, |label| label.span);
        let key = (one.code, span);
        if let Some((known, count)) = self.found.get_mut(&key) {
            let room = NAMED.saturating_sub(known.about.len());
            known.join(one.about.into_iter().take(room));
            *count = count.saturating_add(members);
        } else if self.found.len() < MOST {
            self.found.insert(key, (one, members));
        } else {
            self.beyond = self.beyond.saturating_add(members);
        }
    }

    /// Adds a note on so many more to the first finding, if there are more.
    pub fn note(&mut self, more: usize, words: impl FnOnce(usize) -> String) {
        if more > 0
            && let Some((first, _)) = self.found.values_mut().next()
        {
            first.notes.push(words(more));
        }
    }

    /// How many errors were taken in.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// Whether nothing was taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The findings, each with how many like it there are in a fleet.
    #[must_use]
    pub fn into_diagnostics(self, fleet: &str) -> Diagnostics {
        let mut all = Diagnostics::new();
        for (_, (one, count)) in self.found {
            let named = u64::try_from(one.about.len()).unwrap_or(u64::MAX).max(1);
            all.push(match count.saturating_sub(named) {
                0 => one,
                more => one.note(format!("and {more} more of `{fleet}`")),
            });
        }
        if self.beyond > 0 {
            all.push(Diagnostic::error(
                "many-faults",
                format!("`{fleet}` has {} more findings of this kind", self.beyond),
            ));
        }
        all
    }
}
