//! Invariant 6: keys and PKCS #12 are their owner's alone from the first byte, under any umask; secrets are nowhere.

use std::fs;
use std::process::Command;

use crate::support::{Pki, Run};

const SPEC: &str = r#"
spec = 1
[ca.root]
subject.common_name = "Root"
key_encryption = { passphrase = "env:ROOT_PASSPHRASE" }
[leaf.device]
issuer = "root"
profile = "device"
subject.common_name = "device"
san = ["device.example"]
outputs = ["key", "key-der", "cert", "chain", "fullchain", "pkcs12"]
passphrase = "env:DEVICE_PASSPHRASE"
"#;

const SECRETS: [(&str, &str); 2] = [
    ("ROOT_PASSPHRASE", "rosebud-of-the-root"),
    ("DEVICE_PASSPHRASE", "rosebud-of-the-device"),
];

fn pki() -> Pki {
    let pki = Pki::new(SPEC);
    SECRETS
        .into_iter()
        .fold(pki, |pki, (name, value)| pki.environment(name, value))
}

#[test]
fn modes_are_those_of_the_design_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let pki = pki();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
        Run::of(pki.command_under(shell, "apply", &[])).succeeds();
        let files = pki.files();
        assert!(files.len() > 8, "{files:?}");
        for (name, facts) in files {
            let secret = ["key.pem", "key.der", ".p12"]
                .iter()
                .any(|end| name.ends_with(end));
            let expected = if secret { 0o600 } else { 0o644 };
            let own = name.starts_with(".pkiform");
            assert!(
                facts.mode == expected || (own && facts.mode == 0o600),
                "{umask} {name} {:o}",
                facts.mode
            );
        }
        for entry in walkdir::WalkDir::new(pki.store())
            .into_iter()
            .map(Result::unwrap)
        {
            if entry.file_type().is_dir() {
                use std::os::unix::fs::PermissionsExt;
                let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
                assert_eq!(mode, 0o755, "{umask} {}", entry.path().display());
            }
        }
    }
}

#[test]
fn a_secret_file_is_private_from_its_first_byte() {
    let pki = pki();
    let log = pki.beside("strace.log");
    let mut strace = Command::new("strace");
    strace
        .args([
            "-f",
            "-qq",
            "-y",
            "-e",
            "trace=openat,write",
            "-s",
            "40",
            "-o",
        ])
        .arg(&log);
    Run::of(pki.command_under(strace, "apply", &["--jobs", "1"])).succeeds();
    let log = fs::read_to_string(log).unwrap();
    // The calls that open a file to be written, and where what is written to it begins as a private key does.
    let made: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("O_CREAT"))
        .collect();
    let key = |line: &&&str| line.contains("key.") || line.contains(".p12");
    assert!(made.iter().filter(key).count() >= 4, "{made:#?}");
    for line in made.iter().filter(key) {
        assert!(line.contains(", 0600)"), "{line}");
    }
    let private: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("write(") && line.contains("PRIVATE KEY"))
        .collect();
    assert!(!private.is_empty());
    assert!(
        private.iter().all(|line| line.contains("key.")),
        "{private:#?}"
    );
}

#[test]
fn secrets_stand_in_no_file_and_no_report() {
    let pki = pki();
    let mut said = String::new();
    for (verb, flags) in [
        ("plan", ["-v"].as_slice()),
        ("plan", &["--json"]),
        ("apply", &["-v"]),
        ("apply", &["--json"]),
        ("verify", &["-v"]),
        ("tree", &[]),
    ] {
        let run = pki.run(verb, flags);
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    // With the wrong passphrase an error is made, which does not tell the right one or the wrong one.
    let wrong = Pki::new(SPEC).environment("ROOT_PASSPHRASE", "rosebud-that-is-wrong");
    said.push_str(
        &wrong
            .environment("DEVICE_PASSPHRASE", "rosebud-too")
            .run("apply", &["--json"])
            .stderr,
    );
    assert!(!said.contains("rosebud"), "{said}");
    for name in pki.files().keys() {
        let content = pki.read(name);
        assert!(
            !content.windows(7).any(|piece| piece == b"rosebud"),
            "{name}"
        );
    }
}

#[test]
fn a_command_of_the_spec_runs_only_when_it_is_allowed_and_never_to_look() {
    let spec = SPEC.replace(
        "env:ROOT_PASSPHRASE",
        "command:sh -c 'echo ran >>ran; echo rosebud'",
    );
    let pki = Pki::new(&spec).environment("DEVICE_PASSPHRASE", "rosebud-of-the-device");
    let ran = || pki.beside("ran").exists();
    for verb in ["validate", "plan", "tree", "apply", "verify"] {
        pki.run(verb, &[]);
        assert!(!ran(), "{verb}");
    }
    pki.run("apply", &[])
        .exits(1)
        .says("--allow-commands")
        .says("Nothing was written");
    assert!(!pki.store().exists());
    let said = pki.run("apply", &["--allow-commands"]).succeeds();
    assert!(ran());
    assert!(!(said.stdout + &said.stderr).contains("rosebud"));
    assert_eq!(
        fs::read_to_string(pki.beside("ran"))
            .unwrap()
            .lines()
            .count(),
        1,
        "a source is asked once"
    );
    pki.run("verify", &["--allow-commands"]).succeeds();
    pki.run("validate", &[]).succeeds();
    assert_eq!(pki.run("plan", &["--detailed-exitcode"]).code, Some(0));
    let times = fs::read_to_string(pki.beside("ran"))
        .unwrap()
        .lines()
        .count();
    assert_eq!(
        times, 2,
        "`verify` has tried the key, `validate` and `plan` nothing"
    );
}
