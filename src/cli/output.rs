//! Where a command prints: results to standard output, everything else to standard error. A reader that has gone is no
//! error.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use super::args::{Color, Global};
use crate::report::{Style, json, text};
use crate::source::{Diagnostic, Diagnostics, SourceMap};

/// How this run prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    /// Colours of standard output.
    pub(super) style: Style,
    error_style: Style,
    /// Whether reports are JSON.
    pub(super) json: bool,
    /// Whether nothing but errors is said.
    pub(super) quiet: bool,
    /// Whether more is said.
    pub(super) verbose: bool,
}

impl Output {
    /// The choice of the flags.
    #[expect(clippy::disallowed_methods, reason = "NO_COLOR comes in here")]
    pub(super) fn new(global: &Global) -> Self {
        let style = |terminal: bool| {
            let wanted = match global.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => {
                    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                }
            };
            if wanted {
                Style::coloured()
            } else {
                Style::plain()
            }
        };
        Self {
            style: style(std::io::stdout().is_terminal()),
            error_style: style(std::io::stderr().is_terminal()),
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
        }
    }

    /// A result.
    #[expect(clippy::unused_self, reason = "who prints has an output in hand")]
    pub(super) fn print(self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// A result that is wanted unless the user asked for silence, and not where JSON is.
    pub(super) fn say(self, text: &str) {
        if !self.quiet && !self.json {
            self.print(text);
        }
    }

    /// A report as data.
    pub(super) fn data(self, value: &Value) {
        self.print(&json::text(value));
    }

    /// Something beside the result.
    #[expect(clippy::unused_self, reason = "who prints has an output in hand")]
    pub(super) fn note(self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Findings; warnings are part of silence.
    pub(super) fn diagnostics(self, found: &Diagnostics, map: &SourceMap) {
        let mut shown = Diagnostics::new();
        let is_shown = |one: &&Diagnostic| !self.quiet || one.level == crate::source::Level::Error;
        shown.extend(found.iter().filter(is_shown).cloned());
        if !shown.is_empty() {
            self.note(&text::diagnostics(&shown, map, self.error_style));
        }
    }

    /// Findings that stop a command: as data, or drawn with the line that ends a refusal.
    pub(super) fn refuse(self, found: &Diagnostics, map: &SourceMap) {
        if self.json {
            self.data(&serde_json::json!({ "diagnostics": json::diagnostics(found, map) }));
        } else {
            self.diagnostics(found, map);
            self.note(&format!("\n{}\n", text::closing(found)));
        }
    }
}
