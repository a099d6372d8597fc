//! A temporary folder in which the command runs, with the same clock every time.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// What a run printed and how it ended.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ran {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }

    /// Everything that a person sees, as a snapshot holds it.
    pub(super) fn seen(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code.unwrap_or(-1),
            self.stdout,
            self.stderr
        )
    }
}

/// A folder that goes with the test.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With one spec, `pki.toml`.
    pub(super) fn with(spec: &str) -> Self {
        let folder = Self::new();
        folder.write("pki.toml", spec);
        folder
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.path().join(file).exists()
    }

    /// Runs the command at 2026-11-25T12:00:00Z; the arguments stand between spaces.
    pub(super) fn run(&self, arguments: &str) -> Ran {
        let output = self.command(arguments).output().unwrap();
        ran(&output)
    }

    pub(super) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::cargo_bin("pkiform").unwrap();
        command
            .current_dir(self.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", "1795608000")
            .args(arguments.split_whitespace());
        command
    }
}

fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

/// A root and a server.
pub(super) const SMALL: &str = r#"spec = 1
name = "small"

[ca.root]
subject.common_name = "Root"
key = "ecdsa-p256"

[leaf.www]
issuer = "root"
profile = "tls-server"
san = ["www.example.com"]
subject.common_name = "www"
"#;
