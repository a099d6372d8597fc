//! The examples of use from a Makefile, pytest, Go and Docker, each run as its reader would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of an example's folder, in which it may write.
fn copied(name: &str) -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// A program that `.ci/setup-judges` made.
fn ours(program: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/judges/venv/bin")
        .join(program)
}

/// Whether to go on without a program: CI goes without none.
#[expect(clippy::print_stderr, reason = "whoever goes without a tool is told")]
fn lacks(program: &Path) -> bool {
    let found = program.is_absolute() && program.is_file()
        || std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        });
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            program.display()
        );
        eprintln!("skipped: {} is missing", program.display());
    }
    !found
}

#[track_caller]
fn succeeds(mut command: Command) -> String {
    let output = command
        .env("PKIFORM", env!("CARGO_BIN_EXE_pkiform"))
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn from_a_makefile() {
    if lacks(Path::new("make")) || lacks(Path::new("openssl")) {
        return;
    }
    let folder = copied("make");
    let test = || {
        let mut make = Command::new("make");
        make.arg("test").current_dir(&folder);
        succeeds(make)
    };
    assert_eq!(test().matches(": OK").count(), 2);
    let key = fs::read(folder.path().join("pki/server/key.pem")).unwrap();
    fs::remove_dir_all(folder.path().join("pki")).unwrap();
    test();
    assert_eq!(
        fs::read(folder.path().join("pki/server/key.pem")).unwrap(),
        key
    );
}

#[test]
fn from_pytest() {
    let python = ours("python");
    if lacks(&python) {
        return;
    }
    let folder = copied("pytest");
    let mut pytest = Command::new(python);
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .current_dir(&folder);
    assert!(succeeds(pytest).contains("1 passed"));
}

#[test]
fn from_go() {
    let go = ours("go");
    if lacks(&go) {
        return;
    }
    let folder = copied("go");
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/go-cache");
    let mut test = Command::new(go);
    test.args(["test", "-count=1", "./..."])
        .current_dir(&folder)
        .envs([
            ("GOTOOLCHAIN", "local"),
            ("GOPROXY", "off"),
            ("GOFLAGS", "-mod=mod"),
        ])
        .env("GOCACHE", cache);
    assert!(succeeds(test).contains("ok"));
}

/// What docs/derivation.md shows, another language finds too.
#[test]
fn derivation_in_python() {
    let python = ours("python");
    if lacks(&python) {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/recompute.py");
    let text = fs::read_to_string(&script).unwrap();
    assert!(text.lines().count() <= 60);
    let mut recompute = Command::new(python);
    recompute.arg(script);
    let said = succeeds(recompute);
    assert_eq!(said.lines().count(), 6);
    let docs = include_str!("../docs/derivation.md").replace(|c: char| c.is_whitespace(), "");
    for line in said.lines() {
        let (name, value) = line.split_once(' ').unwrap();
        assert!(
            docs.contains(value),
            "{name} {value} is not in docs/derivation.md"
        );
    }
}

#[test]
fn from_docker() {
    // A daemon that builds images is at hand on few machines, and CI is none of them.
    let mut info = Command::new("docker");
    if !info
        .arg("info")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("skipped: no docker daemon answers");
        return;
    }
    let mut build = Command::new("docker");
    build
        .args(["build", "-q", "-f", "examples/docker/Dockerfile", "."])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    succeeds(build);
}

#[test]
fn the_specs_of_the_examples_are_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let make = fs::read_to_string(folder.join("make/pki.toml")).unwrap();
    for other in ["pytest", "go", "docker"] {
        let text = fs::read_to_string(folder.join(other).join("pki.toml")).unwrap();
        assert_eq!(text, make, "{other}");
    }
}
