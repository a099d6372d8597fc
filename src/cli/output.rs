//! Where a command prints: results to standard output, everything else to standard error. A reader that has gone is no
//! error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::args::{Color, Global};
use super::refusal::Refusal;
use crate::report::{Style, json, text};
use crate::source::{Diagnostic, Diagnostics, SourceMap};

/// Whether a part of the result could not be printed, as on a full disk.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether a part of the result could not be printed; a reader that has gone wants no more of it.
pub(super) fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

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
    pub(super) fn print(self, text: &str) {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
            && !LOST.swap(true, Ordering::Relaxed)
        {
            self.note(&format!(
                "error: standard output can't be written: {error}\n"
            ));
        }
    }

    /// A result that is wanted unless the user asked for silence, and not where JSON is.
    pub(super) fn say(self, text: &str) {
        if !self.quiet && !self.json {
            self.print(text);
        }
    }

    /// How much of a plan or a tree is drawn.
    pub(super) fn detail(self) -> text::Detail {
        if self.verbose {
            text::Detail::Files
        } else {
            text::Detail::Rows
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

    /// Findings that stop a command: as data, or drawn with the line that ends a refusal. `writes` says whether the
    /// command is one that may write.
    pub(super) fn refuse(self, refusal: &Refusal, writes: bool) {
        if self.json {
            let found: Vec<Value> = refusal
                .found
                .iter()
                .flat_map(|(found, map)| match json::diagnostics(found, map) {
                    Value::Array(found) => found,
                    other => vec![other],
                })
                .collect();
            let mut data = serde_json::json!({ "diagnostics": found });
            if let (true, Some(object)) = (writes, data.as_object_mut()) {
                object.insert("written".to_owned(), refusal.written.into());
            }
            self.data(&data);
            return;
        }
        for (index, (found, map)) in refusal.found.iter().enumerate() {
            if index > 0 {
                self.note("\n");
            }
            self.diagnostics(found, map);
        }
        let written = writes.then_some(refusal.written);
        if let Some(closing) = text::closing(refusal.errors(), written) {
            self.note(&format!("\n{closing}\n"));
        }
    }
}
