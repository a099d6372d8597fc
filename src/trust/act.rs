//! Doing it: files and programs in their order; a file that was written goes back when what follows fails.

#![expect(
    clippy::disallowed_types,
    reason = "the door through which a trust store's own program is started"
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::Act;
use crate::source::Diagnostic;
use crate::store::{StoreError, make_folders, read_elsewhere, remove_elsewhere, write_elsewhere};

/// How a command ended.
pub(super) struct Ran {
    pub(super) success: bool,
    pub(super) out: Vec<u8>,
    /// Its first line of complaint, where it was kept.
    pub(super) said: String,
}

/// An act as a line of a shell.
#[must_use]
pub fn shown(act: &Act) -> String {
    let quote = |word: &str| {
        shlex::try_quote(word).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
    };
    match act {
        Act::Write(path, _) => format!("write {}", quote(path.as_str())),
        Act::Remove(path) => format!("rm -f {}", quote(path.as_str())),
        Act::Run(words) => words
            .iter()
            .map(|word| quote(word))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// Does all of it, or nothing: a program that is missing is found before the first act.
///
/// # Errors
/// A program is missing or fails, or a file can't be written.
pub fn perform(acts: &[Act]) -> Result<(), Diagnostic> {
    for act in acts {
        if let Act::Run(words) = act
            && let Some(program) = words.first()
            && program_path(program).is_none()
        {
            return Err(missing(program));
        }
    }
    let mut before: Vec<(&Utf8Path, Option<Vec<u8>>)> = Vec::new();
    for act in acts {
        let done = match act {
            Act::Write(path, bytes) => {
                remember(path, &mut before).and_then(|()| write(path, bytes))
            }
            Act::Remove(path) => remember(path, &mut before).and_then(|()| {
                remove_elsewhere(path)
                    .map(drop)
                    .map_err(|error| refused(&error))
            }),
            Act::Run(words) => match run(words, false) {
                Ok(Ran { success: true, .. }) => Ok(()),
                Ok(_) => Err(Diagnostic::error("trust", format!("failed: {}", shown(act)))
                    .help("what it said stands above; a store of the system needs root: run it with sudo")),
                Err(why) => Err(Diagnostic::error("trust", why)),
            },
        };
        if let Err(error) = done {
            return Err(undone(error, &before));
        }
    }
    Ok(())
}

/// Where a program is: on the PATH, or where systems keep those of root, which is on the PATH of few others.
pub(super) fn program_path(program: &str) -> Option<PathBuf> {
    let for_root = || {
        which::which_in_global(program, Some("/usr/sbin:/sbin"))
            .ok()?
            .next()
    };
    which::which(program).ok().or_else(for_root)
}

fn remember<'a>(
    path: &'a Utf8PathBuf,
    before: &mut Vec<(&'a Utf8Path, Option<Vec<u8>>)>,
) -> Result<(), Diagnostic> {
    let old = read_elsewhere(path).map_err(|error| refused(&error))?;
    before.push((path, old));
    Ok(())
}

fn write(path: &Utf8Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    make_folders(folder)
        .and_then(|()| write_elsewhere(path, bytes, 0o644))
        .map_err(|error| refused(&error))
}

/// Puts files back as they were, the last first.
fn undone(error: Diagnostic, before: &[(&Utf8Path, Option<Vec<u8>>)]) -> Diagnostic {
    let mut error = error;
    for (path, old) in before.iter().rev() {
        let back = match old {
            Some(bytes) => write_elsewhere(path, bytes, 0o644),
            None => remove_elsewhere(path).map(drop),
        };
        if let Err(fault) = back {
            error = error.note(format!("{path} could not be put back: {fault}"));
        }
    }
    error
}

fn refused(error: &StoreError) -> Diagnostic {
    Diagnostic::error("trust", error.to_string())
        .help("a store of the system needs root: run it with sudo")
}

fn missing(program: &str) -> Diagnostic {
    let package = match program {
        "update-ca-certificates" | "update-ca-trust" => "install the package ca-certificates",
        "trust" => "install the package p11-kit",
        "certutil" => "install the package libnss3-tools (Debian) or nss-tools (Fedora)",
        "keytool" => "it comes with every Java runtime: install one",
        _ => "it comes with the system whose store this is",
    };
    Diagnostic::error("trust", format!("`{program}` is not on the PATH")).help(package)
}

/// Runs a command; `quietly` keeps what it says, otherwise it says it where people look, and may ask.
pub(super) fn run(words: &[String], quietly: bool) -> Result<Ran, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let path = program_path(program).ok_or_else(|| format!("`{program}` is not on the PATH"))?;
    let mut command = Command::new(path);
    command.args(arguments);
    let ran = if quietly {
        command.stdin(Stdio::null()).output()
    } else {
        // What programs say by the way is no result of ours.
        command
            .stdout(std::io::stderr())
            .spawn()
            .and_then(std::process::Child::wait_with_output)
    };
    let output = ran.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    let complaint = [output.stderr.as_slice(), output.stdout.as_slice()].concat();
    let complaint = String::from_utf8_lossy(&complaint);
    let said = complaint
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map_or_else(
            || format!("`{program}` fails ({})", output.status),
            str::to_owned,
        );
    Ok(Ran {
        success: output.status.success(),
        said,
        out: output.stdout,
    })
}
