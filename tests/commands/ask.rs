//! On a terminal, what exists is changed only after a question; `script` (bsdutils) plays the terminal.

use std::io::Write;
use std::process::{Command, Stdio};

use super::folder::{Folder, SMALL};

const QUESTION: &str = "Something that exists would be changed. Go on? [y/N]";

/// Runs the command on a terminal of its own, where a person types one line.
fn typed(folder: &Folder, arguments: &str, line: &str) -> (Option<i32>, String) {
    let program = assert_cmd::cargo::cargo_bin("pkiform");
    let mut child = Command::new("script")
        .current_dir(folder.path())
        .env("SOURCE_DATE_EPOCH", "1795608000")
        .env("NO_COLOR", "1")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("'{}' {arguments}", program.display()))
        .arg("/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(line.as_bytes()).unwrap();
    drop(keyboard);
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

/// A folder with what `SMALL` makes, and a spec that has gone on since.
fn changed() -> Folder {
    let folder = Folder::with(SMALL);
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    folder.write(
        "pki.toml",
        SMALL.replace("\"www.example.com\"", "\"web.example.com\""),
    );
    folder
}

fn certificate(folder: &Folder) -> Vec<u8> {
    std::fs::read(folder.path().join("pki/small/www/cert.pem")).unwrap()
}

#[test]
fn without_a_yes_nothing_is_written() {
    for line in ["n\n", "\n", "yesterday\n"] {
        let folder = changed();
        let before = certificate(&folder);
        let (code, said) = typed(&folder, "apply pki.toml", line);
        assert_eq!(code, Some(1), "{line:?}: {said}");
        assert!(said.contains(QUESTION), "{said}");
        assert!(said.contains("Nothing was written."), "{said}");
        assert_eq!(certificate(&folder), before, "{line:?}");
    }
}

#[test]
fn after_a_yes_it_is_done() {
    let folder = changed();
    let before = certificate(&folder);
    let (code, said) = typed(&folder, "apply pki.toml", "y\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(QUESTION), "{said}");
    assert_ne!(certificate(&folder), before);
}

#[test]
fn nobody_is_asked_who_has_said_so_already() {
    let new = Folder::with(SMALL);
    let (code, said) = typed(&new, "apply pki.toml", "n\n");
    assert_eq!(code, Some(0), "what is new needs no question: {said}");
    assert!(!said.contains(QUESTION), "{said}");

    let folder = changed();
    let (code, said) = typed(&folder, "apply pki.toml --yes", "n\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains(QUESTION), "{said}");

    let folder = changed();
    assert_eq!(folder.run("plan pki.toml --save p.json").code, Some(0));
    let (code, said) = typed(&folder, "apply p.json", "n\n");
    assert_eq!(code, Some(0), "a saved plan was read before: {said}");
    assert!(!said.contains(QUESTION), "{said}");
}

#[test]
fn what_needs_the_users_word_is_refused_and_not_asked_for() {
    let folder = changed();
    folder.write("pki.toml", SMALL.replace("ecdsa-p256", "ecdsa-p384"));
    for arguments in ["apply pki.toml", "apply pki.toml --yes"] {
        let (code, said) = typed(&folder, arguments, "y\n");
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("error[key-replacement]"), "{said}");
        assert!(!said.contains(QUESTION), "{said}");
    }
}
