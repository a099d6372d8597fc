//! Reads a secret from where the spec says: an environment variable, a file, a command's output.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the door through which secrets come in: files, commands, the environment"
)]

use std::fmt;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use crate::crypto::Secret;
use crate::source::Diagnostic;
use crate::spec::{SecretRef, SecretSource};

/// The largest secret that a file or a command may give, in bytes: a passphrase, not a disk.
const LIMIT: usize = 64 * 1024;

/// How long a command may take to give a secret: a person may have to touch a token.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is asked whether a command that has said all has ended.
const TICK: Duration = Duration::from_millis(5);

/// What reading a secret may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access<'a> {
    /// Whether a `command:` may be run.
    pub(crate) allow_commands: bool,
    /// The folder to which `file:` is relative.
    pub(crate) base: &'a Utf8Path,
}

/// A secret, and whether it is the one that everybody can read in the spec.
#[derive(Clone)]
pub(crate) struct Resolved {
    /// The secret.
    pub(crate) secret: Secret,
    /// Whether the source had none and the spec's insecure default was taken.
    pub(crate) insecure: bool,
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved")
            .field("insecure", &self.insecure)
            .finish_non_exhaustive()
    }
}

/// Reads a secret. `purpose` names it in an error, as in "passphrase of device-1".
///
/// # Errors
/// `secret-missing`: neither source nor default has one. `secret-source`: the source cannot be read.
/// `command-not-allowed`: a command without `--allow-commands`.
pub(crate) fn resolve(
    reference: &SecretRef,
    purpose: &str,
    access: Access<'_>,
) -> Result<Resolved, Diagnostic> {
    let found = match &reference.from {
        Some(source) => read(source, reference, purpose, access)?,
        None => None,
    };
    if let Some(octets) = found {
        return Ok(Resolved {
            secret: Secret::new(octets),
            insecure: false,
        });
    }
    if let Some(default) = &reference.insecure_default {
        return Ok(Resolved {
            secret: Secret::new(default.clone().into_bytes()),
            insecure: true,
        });
    }
    let (lacks, help) = match &reference.from {
        Some(SecretSource::Env(name)) => (
            format!("{name} is not set"),
            format!("set {name} in the environment"),
        ),
        Some(source) => (
            format!("{source} is empty or missing"),
            format!("put it into {source}"),
        ),
        None => (
            "the spec names no source".to_owned(),
            "name one: `from = \"env:NAME\"`".to_owned(),
        ),
    };
    Err(
        Diagnostic::error("secret-missing", format!("{purpose}: {lacks}"))
            .at(reference.span, "where it should come from")
            .help(help),
    )
}

/// The warning that the insecure default was taken.
pub(crate) fn insecure_warning(reference: &SecretRef, purpose: &str) -> Diagnostic {
    let why = match &reference.from {
        Some(SecretSource::Env(name)) => format!("{name} is not set, "),
        Some(source) => format!("{source} has none, "),
        None => String::new(),
    };
    Diagnostic::warning(
        "insecure-default",
        format!("{purpose}: {why}the insecure default of the spec is used"),
    )
    .at(reference.span, "everybody who has the spec knows it")
}

/// The source's secret, `None` if it has none; one newline at the end of a file or an output is no part of it.
fn read(
    source: &SecretSource,
    reference: &SecretRef,
    purpose: &str,
    access: Access<'_>,
) -> Result<Option<Vec<u8>>, Diagnostic> {
    let fault = |message: String| {
        Diagnostic::error("secret-source", format!("{purpose}: {message}"))
            .at(reference.span, "where it should come from")
    };
    let mut octets = match source {
        SecretSource::Env(name) => match std::env::var_os(name) {
            Some(value) => value.into_encoded_bytes(),
            None => return Ok(None),
        },
        SecretSource::File(path) => {
            let path: Utf8PathBuf = access.base.join(path);
            match std::fs::read(&path) {
                Ok(octets) => chomp(octets),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(fault(format!("{path} cannot be read: {error}"))),
            }
        }
        SecretSource::Command(words) => {
            if !access.allow_commands {
                return Err(Diagnostic::error(
                    "command-not-allowed",
                    format!(
                        "{purpose} is the output of a command, and commands are not run unasked"
                    ),
                )
                .at(reference.span, "a command")
                .help("if you trust the spec: --allow-commands"));
            }
            chomp(run(words, access.base, PATIENCE).map_err(fault)?)
        }
    };
    if octets.len() > LIMIT {
        zeroize::Zeroize::zeroize(&mut octets);
        return Err(fault(format!("{source} gives more than {LIMIT} bytes")));
    }
    Ok(Some(octets).filter(|octets| !octets.is_empty()))
}

/// A program's output. No shell stands between; what it says on its error stream goes to the terminal.
fn run(words: &[String], base: &Utf8Path, patience: Duration) -> Result<Vec<u8>, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    if !base.as_str().is_empty() {
        command.current_dir(base);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    // Read beside the waiting: a program that fills the pipe would never end, nor one whose child keeps it open.
    let (sender, receiver) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut octets = Zeroizing::new(Vec::with_capacity(LIMIT));
            let most = u64::try_from(LIMIT).unwrap_or(u64::MAX).saturating_add(3);
            let read = output.take(most).read_to_end(&mut octets);
            // Nobody listens any more where the program was given up.
            let _ = sender.send(read.map(|_| octets));
        });
    }
    let begun = Instant::now();
    let left = || patience.saturating_sub(begun.elapsed());
    let hangs = || {
        format!(
            "`{program}` did not end within {} seconds",
            patience.as_secs()
        )
    };
    let Ok(read) = receiver.recv_timeout(patience) else {
        end(&mut child);
        return Err(hangs());
    };
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if left().is_zero() => {
                end(&mut child);
                return Err(hangs());
            }
            Ok(None) => std::thread::sleep(TICK),
            Err(error) => return Err(format!("`{program}` cannot be waited for: {error}")),
        }
    };
    if !status.success() {
        return Err(format!("`{program}` failed ({status})"));
    }
    let mut octets = read.map_err(|error| format!("`{program}` cannot be read: {error}"))?;
    Ok(std::mem::take(&mut *octets))
}

/// Ends a program that takes too long.
fn end(child: &mut Child) {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

fn chomp(mut octets: Vec<u8>) -> Vec<u8> {
    if octets.last() == Some(&b'\n') {
        octets.pop();
        if octets.last() == Some(&b'\r') {
            octets.pop();
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use crate::source::Span;

    use super::*;

    fn access(allow_commands: bool) -> Access<'static> {
        Access {
            allow_commands,
            base: Utf8Path::new(""),
        }
    }

    fn reference(from: Option<SecretSource>, default: Option<&str>) -> SecretRef {
        SecretRef {
            from,
            insecure_default: default.map(ToOwned::to_owned),
            span: Span::NOWHERE,
        }
    }

    #[test]
    fn the_default_stands_in_for_a_variable_that_is_not_set() {
        let unset = SecretSource::Env("PKIFORM_TEST_IS_NEVER_SET".to_owned());
        let resolved = resolve(
            &reference(Some(unset.clone()), Some("1234")),
            "it",
            access(false),
        )
        .unwrap();
        assert!(resolved.insecure);
        let error = resolve(&reference(Some(unset), None), "it", access(false)).unwrap_err();
        assert_eq!(error.code, "secret-missing");
    }

    #[test]
    fn a_command_runs_only_when_allowed() {
        let words = vec!["echo".to_owned(), "se cret".to_owned()];
        let asked = reference(Some(SecretSource::Command(words)), Some("1234"));
        assert_eq!(
            resolve(&asked, "it", access(false)).unwrap_err().code,
            "command-not-allowed"
        );
        let allowed = access(true);
        let resolved = resolve(&asked, "it", allowed).unwrap();
        assert!(!resolved.insecure);
        assert!(
            !format!("{resolved:?}").contains("cret\""),
            "Debug shows no secret"
        );
    }

    #[test]
    fn a_failing_command_is_an_error_and_no_default() {
        let asked = reference(
            Some(SecretSource::Command(vec!["false".to_owned()])),
            Some("1234"),
        );
        let allowed = access(true);
        assert_eq!(
            resolve(&asked, "it", allowed).unwrap_err().code,
            "secret-source"
        );
    }

    #[test]
    fn a_command_that_hangs_is_given_up() {
        let patience = Duration::from_millis(200);
        let outcome = |line: &[&str]| {
            let words: Vec<String> = line.iter().map(ToString::to_string).collect();
            run(&words, Utf8Path::new(""), patience)
        };
        for line in [
            ["sleep", "60"].as_slice(),
            &["sh", "-c", "sleep 60 & echo x"],
        ] {
            let error = outcome(line).unwrap_err();
            assert!(error.contains("did not end"), "{error}");
        }
        let closes_early = ["sh", "-c", "exec >&-; sleep 60"];
        assert!(outcome(&closes_early).unwrap_err().contains("did not end"));
        assert_eq!(outcome(&["echo", "x"]).unwrap(), b"x\n");
    }

    #[test]
    fn one_newline_is_no_part_of_it() {
        assert_eq!(chomp(b"a\r\n".to_vec()), b"a");
        assert_eq!(chomp(b"a\n\n".to_vec()), b"a\n");
    }
}
