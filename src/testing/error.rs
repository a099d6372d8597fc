//! Why a PKI in memory is not to be had, in words for whoever reads a test that failed.

use std::fmt;

use crate::report::{style::Style, text};
use crate::source::{Diagnostics, SourceMap};

/// Why there is no PKI (what `pkiform apply` would print), or not what was asked of one. `Debug` says the same as
/// `Display`, so that `unwrap` shows the lines of the spec as they are.
#[derive(Clone)]
pub struct Error(String);

impl Error {
    pub(super) fn of_spec(found: &Diagnostics, map: &SourceMap) -> Self {
        Self(text::diagnostics(found, map, Style::plain()))
    }

    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
