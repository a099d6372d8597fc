//! A spec in a temporary folder, and the real command run on it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Facts, facts};

/// The moment at which tests stand, unless they say another.
pub(crate) const NOW: &str = "2026-11-25T12:00:00Z";

/// A spec, its store, and how the command is called on them.
pub(crate) struct Pki {
    folder: tempfile::TempDir,
    spec: PathBuf,
    flags: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    now: Option<String>,
}

impl Pki {
    /// A spec: its text, or the path of a file of this repository (one line).
    pub(crate) fn new(spec: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let is_path = !spec.contains('\n');
        let path = if is_path {
            Path::new(env!("CARGO_MANIFEST_DIR")).join(spec)
        } else {
            let path = folder.path().join("pki.toml");
            fs::write(&path, spec).unwrap();
            path
        };
        Self {
            folder,
            spec: path,
            flags: Vec::new(),
            environment: Vec::new(),
            now: Some(NOW.to_owned()),
        }
    }

    /// `--env NAME`
    pub(crate) fn env(mut self, name: &str) -> Self {
        self.flags.extend(["--env".into(), name.into()]);
        self
    }

    /// Another moment; see [`NOW`].
    pub(crate) fn now(mut self, date: &str) -> Self {
        self.now = Some(date.to_owned());
        self
    }

    /// A variable of the command's environment, which has no other but `PATH`.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Replaces a piece of the spec's text, which must be there.
    #[track_caller]
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.spec).unwrap();
        assert!(text.contains(from), "the spec has no `{from}`");
        assert!(
            self.spec.starts_with(self.folder.path()),
            "a shipped spec is not edited"
        );
        fs::write(&self.spec, text.replacen(from, to, 1)).unwrap();
    }

    /// The command line, ready to be run.
    pub(crate) fn command(&self, verb: &str, flags: &[&str]) -> Command {
        self.command_by(Command::new(env!("CARGO_BIN_EXE_pkiform")), verb, flags)
    }

    /// The same behind another program, as `strace`, which takes the command as its last arguments.
    pub(crate) fn command_under(
        &self,
        mut program: Command,
        verb: &str,
        flags: &[&str],
    ) -> Command {
        program.arg(env!("CARGO_BIN_EXE_pkiform"));
        self.command_by(program, verb, flags)
    }

    fn command_by(&self, mut command: Command, verb: &str, flags: &[&str]) -> Command {
        command.current_dir(self.folder.path());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .arg(verb)
            .arg(&self.spec)
            .arg("--out")
            .arg(self.store());
        command.args(&self.flags);
        if let Some(now) = &self.now
            && !flags.contains(&"--now")
        {
            command.args(["--now", now]);
        }
        command.args(flags);
        command
    }

    /// Runs a command on the spec and its store.
    pub(crate) fn run(&self, verb: &str, flags: &[&str]) -> Run {
        Run::of(self.command(verb, flags))
    }

    pub(crate) fn apply(&self) -> Run {
        self.run("apply", &[])
    }

    pub(crate) fn verify(&self) -> Run {
        self.run("verify", &[])
    }

    /// Each step that changes something, as (id, action), by `plan --json`.
    #[track_caller]
    pub(crate) fn steps(&self) -> BTreeMap<String, String> {
        let run = self.run("plan", &["--json"]).succeeds();
        let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let steps = plan.get("steps").and_then(serde_json::Value::as_array);
        let steps = steps.unwrap_or_else(|| panic!("no steps in {}", run.stdout));
        steps
            .iter()
            .map(|step| {
                let text = |key| step.get(key).and_then(serde_json::Value::as_str).unwrap();
                (text("id").to_owned(), text("action").to_owned())
            })
            .filter(|(_, action)| action != "keep")
            .collect()
    }

    /// The store's folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// A file beside the store, as the spec is.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the store.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.store().join(relative)
    }

    #[track_caller]
    pub(crate) fn read(&self, relative: &str) -> Vec<u8> {
        fs::read(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Every file of the store.
    pub(crate) fn files(&self) -> BTreeMap<String, Facts> {
        if self.store().exists() {
            facts(&self.store())
        } else {
            BTreeMap::new()
        }
    }
}

/// What a run of the command said and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(mut command: Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// What is said on either stream has this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "`{text}` is not in\n{}\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}
