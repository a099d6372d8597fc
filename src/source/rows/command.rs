//! The rows that a command prints. It is run once, and what it printed is kept in a file that nobody else sees.

use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Stdio;

use camino::Utf8Path;

use super::file::{BoxedRows, RowFormat, digest, rows};
use super::places::Places;
use crate::source::{Diagnostic, Span};

/// How much of what a command says on standard error is shown.
const SHOWN: usize = 2048;

/// A command that was run.
#[derive(Debug)]
pub struct RowCommand {
    output: tempfile::NamedTempFile,
    format: RowFormat,
    places: Places,
}

impl RowCommand {
    /// Runs a command in a folder, without a shell.
    ///
    /// # Errors
    /// It can't be run, or fails.
    #[expect(
        clippy::disallowed_types,
        reason = "the command that a spec names for rows; the user has allowed it"
    )]
    pub(in crate::source) fn run(
        words: &[String],
        format: RowFormat,
        folder: &Utf8Path,
        named: Span,
    ) -> Result<Self, Diagnostic> {
        let name = words.first().cloned().unwrap_or_default();
        let fault = |what: String| Diagnostic::error("rows", what).at(named, "named here");
        let failed = |error: std::io::Error| {
            fault(format!("the command `{name}` can't be run: {error}"))
                .help("name a program that is on the PATH, or its path; a relative one is relative to the spec")
        };
        // A path stands relative to the spec, a bare name on the PATH.
        let program = if name.contains(std::path::is_separator) {
            folder.join(&name).into_string()
        } else {
            name.clone()
        };
        let mut output = tempfile::NamedTempFile::new().map_err(failed)?;
        let mut command = std::process::Command::new(program);
        command
            .args(words.iter().skip(1))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !folder.as_str().is_empty() {
            command.current_dir(
                folder
                    .canonicalize_utf8()
                    .unwrap_or_else(|_| folder.to_owned()),
            );
        }
        let mut child = command.spawn().map_err(failed)?;
        let said = child.stderr.take().map(|mut errors| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                let _ = errors.read_to_end(&mut said);
                said
            })
        });
        let copied = match child.stdout.take() {
            Some(mut printed) => {
                std::io::copy(&mut printed, &mut output).and_then(|_| output.flush())
            }
            None => Ok(()),
        };
        let status = child.wait().map_err(failed)?;
        copied.map_err(failed)?;
        if !status.success() {
            let said = said
                .and_then(|thread| thread.join().ok())
                .unwrap_or_default();
            let said = String::from_utf8_lossy(
                said.get(said.len().saturating_sub(SHOWN)..)
                    .unwrap_or(&said),
            )
            .into_owned();
            let mut fault = fault(format!("the command `{name}` failed: {status}"));
            for line in said.lines() {
                fault = fault.note(line.to_owned());
            }
            return Err(fault);
        }
        Ok(Self {
            output,
            format,
            places: Places {
                name: format!("what `{name}` printed"),
                base: None,
                named,
            },
        })
    }

    pub(super) fn open(&self) -> Result<BoxedRows, Diagnostic> {
        rows(self.reopen()?, self.format, &self.places)
    }

    pub(super) fn content_key(&self) -> Result<[u8; 32], Diagnostic> {
        digest(self.reopen()?).map_err(|error| self.fault(&error))
    }

    fn reopen(&self) -> Result<impl Read + Seek + Send + use<>, Diagnostic> {
        let mut file = self.output.reopen().map_err(|error| self.fault(&error))?;
        file.seek(SeekFrom::Start(0))
            .map_err(|error| self.fault(&error))?;
        Ok(file)
    }

    fn fault(&self, error: &std::io::Error) -> Diagnostic {
        Diagnostic::error(
            "unreadable",
            format!("{} can't be read: {error}", self.places.name),
        )
        .at(self.places.named, "named here")
    }
}
