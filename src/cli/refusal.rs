//! Why a command stops: findings, with the texts that they point into.

use crate::source::{Diagnostic, Diagnostics, SourceMap};

/// Findings that stop a command.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    /// Findings, each with its texts: one of each spec that has some.
    pub(super) found: Vec<(Diagnostics, SourceMap)>,
    /// Whether something was written before.
    pub(super) written: bool,
}

impl Refusal {
    /// Findings that point into texts.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "an error that is passed on is small"
    )]
    pub(super) fn new(found: impl Into<Diagnostics>, map: SourceMap) -> Box<Self> {
        Box::new(Self {
            found: vec![(found.into(), map)],
            written: false,
        })
    }

    /// A finding that points nowhere.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "an error that is passed on is small"
    )]
    pub(super) fn alone(found: Diagnostic) -> Box<Self> {
        Self::new(found, SourceMap::new())
    }

    /// The same, where something may have been written before.
    #[must_use]
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "an error that is passed on is small"
    )]
    pub(super) fn written(mut self: Box<Self>, written: bool) -> Box<Self> {
        self.written |= written;
        self
    }

    /// How many errors there are.
    pub(super) fn errors(&self) -> usize {
        self.found.iter().map(|(found, _)| found.errors()).sum()
    }
}
