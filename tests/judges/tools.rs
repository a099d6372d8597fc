//! The programs that judge: where they are, and what to do when one is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that a test needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    program: &'static str,
    /// Whether `.ci/setup-judges` made it, below `target/judges`.
    ours: bool,
}

impl Tool {
    pub(super) const OPENSSL: Self = Self::of_system("openssl");
    pub(super) const CERTTOOL: Self = Self::of_system("certtool");
    pub(super) const KEYTOOL: Self = Self::of_system("keytool");
    pub(super) const PK12UTIL: Self = Self::of_system("pk12util");
    pub(super) const CERTUTIL: Self = Self::of_system("certutil");
    pub(super) const GO_JUDGE: Self = Self {
        program: "go-judge",
        ours: true,
    };
    pub(super) const PYTHON: Self = Self {
        program: "venv/bin/python",
        ours: true,
    };

    const fn of_system(program: &'static str) -> Self {
        Self {
            program,
            ours: false,
        }
    }

    fn path(self) -> PathBuf {
        if self.ours {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("target/judges")
                .join(self.program)
        } else {
            self.program.into()
        }
    }

    /// The program, to be given its arguments; it speaks English and sees no configuration of the user's.
    pub(super) fn command(self) -> Command {
        let mut command = Command::new(self.path());
        command.env("LC_ALL", "C.UTF-8").env_remove("OPENSSL_CONF");
        command
    }

    fn is_present(self) -> bool {
        if self.ours {
            return self.path().is_file();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program).is_file())
    }
}

/// Whether a test may go on. A judge that is missing is a failure: a test that passes by skipping says nothing. Who
/// cannot install them sets `PKIFORM_SKIP_JUDGES=1`, which CI does not obey.
#[expect(clippy::print_stderr, reason = "whoever goes without a judge is told")]
pub(super) fn present(tools: &[Tool]) -> bool {
    let missing: Vec<_> = tools
        .iter()
        .filter(|tool| !tool.is_present())
        .map(|tool| tool.program)
        .collect();
    if missing.is_empty() {
        return true;
    }
    let skip = std::env::var_os("PKIFORM_SKIP_JUDGES").is_some_and(|value| value == "1");
    let ci = std::env::var_os("CI").is_some();
    assert!(
        skip && !ci,
        "missing: {}\nhelp: run `.ci/setup-judges`, or set PKIFORM_SKIP_JUDGES=1 to go without",
        missing.join(", ")
    );
    eprintln!("skipped, for want of {}", missing.join(", "));
    false
}

/// Gives a program its input line by line, and takes what it prints.
pub(super) fn converse(mut command: Command, input: &str) -> String {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let text = input.to_owned();
    // The program answers while it reads: writing all first could leave both waiting.
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
