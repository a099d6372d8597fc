//! What reaches a terminal, a pipe, a full disk.

use std::io::Read;
use std::process::Stdio;

use super::folder::{Folder, SMALL};

#[test]
fn off_a_terminal_there_is_no_control_character() {
    let folder = Folder::with(SMALL);
    let wrong = SMALL.replace("issuer = \"root\"", "issuer = \"ro\u{7f}ot\"");
    folder.write("wrong.toml", wrong);
    for arguments in [
        "plan pki.toml",
        "apply pki.toml -v",
        "verify pki.toml",
        "tree pki.toml",
        "show www --spec pki.toml",
        "validate wrong.toml",
        "rules",
    ] {
        let ran = folder.run(arguments);
        let both = ran.stdout + &ran.stderr;
        let control = both.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{arguments}");
    }
    let coloured = folder.run("tree pki.toml --color always").stdout;
    assert!(coloured.contains("\u{1b}["), "{coloured}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = Folder::new();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("pkiform"));
    let mut child = command
        .current_dir(folder.path())
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_is_lost_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let folder = Folder::new();
    let status = std::process::Command::new(assert_cmd::cargo::cargo_bin("pkiform"))
        .current_dir(folder.path())
        .arg("schema")
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn quiet_is_quiet() {
    let folder = Folder::with(SMALL);
    for arguments in [
        "apply pki.toml -q",
        "apply pki.toml -q",
        "verify pki.toml -q",
    ] {
        let ran = folder.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (Some(0), "", ""),
            "{arguments}"
        );
    }
}
