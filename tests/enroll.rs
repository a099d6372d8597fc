//! `pkiform enroll`: scripts and bulk files as they are read, runs against recorders, and each command by its own parser.

mod again;
mod odd;
mod small;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::shell::Shell;

const TARGETS: [(&str, &str); 3] = [
    ("azure-iot-hub", "azure-iot"),
    ("azure-dps", "azure-dps"),
    ("aws-iot", "aws-iot"),
];

/// A program that notes how it is called, fails where it is told to, and says a value.
const RECORDER: &str = r#"#!/bin/sh
for word; do printf '%s\n' "$word"; done | python3 -c '
import json, sys
print(json.dumps(sys.stdin.read().splitlines()))' >>"$CALLS"
case " $* " in *" ${FAIL:-nothing} "*) echo "the cloud refuses" >&2; exit 3;; esac
echo 106A5SD242AF512B
"#;

/// A shipped spec, seeded and applied, with recorders for `az` and `aws` first on the PATH.
fn applied(spec: &str) -> Shell {
    let mut shell = Shell::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(format!("specs/{spec}.toml"))).unwrap();
    shell.write("pki.toml", text);
    shell.run("apply pki.toml --env test").exits(0);
    record(&mut shell);
    shell
}

/// Puts recorders for `az` and `aws` first on the PATH.
fn record(shell: &mut Shell) {
    for program in ["az", "aws"] {
        let path = format!("bin/{program}");
        shell.write(&path, RECORDER);
        fs::set_permissions(shell.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let bin = shell.path("bin").to_str().unwrap().to_owned();
    shell.set("PATH", &format!("{bin}:{}", std::env::var("PATH").unwrap()));
    shell.set("CALLS", shell.path("calls").to_str().unwrap());
}

fn enroll(target: &str, more: &str) -> String {
    format!("enroll {target} pki.toml --env test --now 2026-11-25T12:00:00Z {more}")
}

/// The calls that the recorders have noted.
fn calls(shell: &Shell) -> Vec<Vec<String>> {
    let lines = fs::read_to_string(shell.path("calls")).unwrap_or_default();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn scripts_and_files_as_they_are_read() {
    for (target, spec) in TARGETS {
        let shell = applied(spec);
        let said = shell.run(&enroll(target, "")).exits(0);
        let folder = shell.path(&format!("pki/{spec}.test/.enroll/{target}"));
        let mut names: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        let mut all = shell.picture(&said);
        for path in names {
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            all.extend(["\n--- ", name, "\n", &text]);
        }
        assert_snapshot!(format!("{target}"), all);
        // What is written again is what was written.
        let before = shell.seen();
        shell.run(&enroll(target, "")).exits(0);
        let after = shell.seen();
        assert_eq!(
            before
                .iter()
                .map(|(path, seen)| (path, &seen.0))
                .collect::<Vec<_>>(),
            after
                .iter()
                .map(|(path, seen)| (path, &seen.0))
                .collect::<Vec<_>>()
        );
        assert!(calls(&shell).is_empty(), "nothing is run unasked");
        shell.run("verify pki.toml --env test").exits(0);
    }
}

#[test]
fn a_shell_takes_the_script() {
    for (target, spec) in TARGETS {
        let mut shell = applied(spec);
        let said = shell.run(&enroll(target, "--run")).exits(0);
        assert!(
            said.stderr.contains("$ "),
            "each command is shown: {}",
            said.stderr
        );
        let run = calls(&shell);
        assert!(!run.is_empty());
        fs::remove_file(shell.path("calls")).unwrap();
        // The script calls `pkiform` by its name.
        let own = Path::new(env!("CARGO_BIN_EXE_pkiform")).parent().unwrap();
        let path = format!(
            "{}:{}:{}",
            shell.path("bin").display(),
            own.display(),
            std::env::var("PATH").unwrap()
        );
        shell.set("PATH", &path);
        let script = Command::new("sh")
            .arg(format!("pki/{spec}.test/.enroll/{target}/enroll.sh"))
            .current_dir(shell.path(""))
            .env("PATH", &path)
            .env("CALLS", shell.path("calls"))
            .output()
            .unwrap();
        assert!(
            script.status.success(),
            "{}",
            String::from_utf8_lossy(&script.stderr)
        );
        assert_eq!(
            calls(&shell),
            run,
            "{target}: script and --run call the same"
        );
    }
}

#[test]
fn a_run_stops_at_the_first_failure_and_goes_on_from_there() {
    let mut shell = applied("azure-iot");
    shell.set("FAIL", "device-0002");
    let said = shell.run(&enroll("azure-iot-hub", "--run")).exits(1);
    assert_snapshot!("half-way", shell.picture(&said));
    let first = calls(&shell);
    let last = first.last().unwrap();
    assert!(last.contains(&"device-0002".to_owned()), "{last:?}");

    fs::remove_file(shell.path("calls")).unwrap();
    shell.set("FAIL", "nothing");
    let said = shell.run(&enroll("azure-iot-hub", "--run")).exits(0);
    assert_snapshot!("on-from-there", shell.picture(&said));
    let devices: Vec<Vec<String>> = calls(&shell);
    assert_eq!(devices.len(), 2, "only what was left: {devices:?}");

    fs::remove_file(shell.path("calls")).unwrap();
    shell.run(&enroll("azure-iot-hub", "--run")).exits(0);
    assert!(calls(&shell).is_empty(), "nothing is left");

    // A device more is that device, and no proof again for a spec that is called otherwise.
    shell
        .run("apply pki.toml --env test --var devices=4")
        .exits(0);
    let more = enroll("azure-iot-hub", "--var devices=4 --run");
    shell.run(&more).exits(0);
    let calls = calls(&shell);
    assert_eq!(calls.len(), 1, "{calls:?}");
}

#[test]
fn a_new_certificate_is_registered_again() {
    let shell = applied("aws-iot");
    shell.run(&enroll("aws-iot", "--run")).exits(0);
    let first = calls(&shell).len();
    fs::remove_file(shell.path("calls")).unwrap();
    shell.edit(
        "pki.toml",
        "profile = \"device\"\n",
        "profile = \"device\"\ngeneration = 2\n",
    );
    shell.run("apply pki.toml --env test").exits(0);
    shell.run(&enroll("aws-iot", "--run")).exits(0);
    let second = calls(&shell);
    assert!(!second.is_empty() && second.len() < first, "{second:?}");
    assert!(
        second
            .iter()
            .any(|call| call.contains(&"register-certificate".to_owned())),
        "{second:?}"
    );
}

#[test]
fn a_new_certificate_of_a_ca_is_an_update_and_a_new_proof() {
    let shell = applied("azure-iot");
    shell.run(&enroll("azure-iot-hub", "--run")).exits(0);
    fs::remove_file(shell.path("calls")).unwrap();
    let later = "pki.toml --env test --now 2026-12-25T12:00:00Z";
    shell.run(&format!("apply {later}")).exits(0);
    let said = shell
        .run(&format!("enroll azure-iot-hub {later} --run"))
        .exits(0);
    assert_snapshot!("another-month", shell.picture(&said));
}

#[test]
fn refusals() {
    let shell = applied("azure-iot");
    assert_snapshot!("no-such-target", shell.refused(&enroll("aws-iot", "")));
    let said = shell.run(&enroll("gcp", ""));
    assert_eq!(said.code, Some(2), "{}", said.stderr);

    let mut lacking = applied("azure-iot");
    let nowhere = lacking.path("nowhere").to_str().unwrap().to_owned();
    lacking.set("PATH", &nowhere);
    let said = lacking.run(&enroll("azure-iot-hub", "--run")).exits(1);
    assert_snapshot!("no-az", lacking.picture(&said));

    let shell = applied("azure-dps");
    fs::remove_file(shell.path("pki/azure-dps.test/factory/cert.pem")).unwrap();
    assert_snapshot!("not-applied", shell.refused(&enroll("azure-dps", "")));

    let shell = applied("azure-dps");
    shell.edit("pki.toml", "name = \"{{ service }}\"\n", "");
    assert_snapshot!("no-name", shell.refused(&enroll("azure-dps", "")));
    shell.edit(
        "pki.toml",
        "[target.azure-dps]\n",
        "[target.azure-dps]\nname = \"no_hub!\"\n",
    );
    assert_snapshot!(
        "a-name-that-is-none",
        shell.refused(&enroll("azure-dps", ""))
    );
}

/// Whether to go on without a cloud's own program: CI goes without none.
#[expect(clippy::print_stderr, reason = "whoever goes without a tool is told")]
fn lacks(program: &Path) -> bool {
    let lacks = !program.is_file();
    if lacks {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            program.display()
        );
        eprintln!("skipped: {} is missing", program.display());
    }
    lacks
}

fn judge(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/judges")
        .join(path)
}

/// Every shape of call: CAs that prove and CAs that are taken on trust, devices by CA and by thumbprint, policies, roles;
/// each with the folder in which it was made.
fn every_call(target: &str, spec: &str) -> Vec<(Shell, Vec<Vec<String>>)> {
    let mut all = Vec::new();
    for more in ["", "verified = true\n", "attestation = \"thumbprint\"\n"] {
        if target == "aws-iot" && more.contains("attestation") {
            continue;
        }
        let shell = applied(spec);
        let header = format!("[target.{target}]\n");
        let role = if target == "aws-iot" {
            "role = \"arn:aws:iam::123456789012:role/provisioning\"\n"
        } else {
            ""
        };
        shell.edit("pki.toml", &header, &format!("{header}{more}{role}"));
        if target == "azure-dps" {
            // A group on a root goes by a certificate that the service holds.
            shell.edit("pki.toml", "[\"factory\"]", "[\"root\", \"factory\"]");
        }
        shell.run(&enroll(target, "--run")).exits(0);
        // A month on everything is issued anew, and what the cloud knows already is brought up to date.
        let later = "--env test --now 2026-12-25T12:00:00Z";
        shell.run(&format!("apply pki.toml {later}")).exits(0);
        shell
            .run(&format!("enroll {target} pki.toml {later} --run"))
            .exits(0);
        // Another role, and a device that is revoked.
        let text = shell
            .read("pki.toml")
            .replace("role/provisioning", "role/other");
        let revoked = "revoked = [{ item = \"2\", date = \"2026-12-20\" }]";
        let device = "issuer = \"devices\"\n";
        let text = text.replace(device, &format!("{device}{revoked}\n"));
        shell.write("pki.toml", text);
        shell.run(&format!("apply pki.toml {later} --yes")).exits(0);
        shell
            .run(&format!("enroll {target} pki.toml {later} --run"))
            .exits(0);
        let calls = calls(&shell);
        assert!(calls.len() >= 3, "{calls:?}");
        all.push((shell, calls));
    }
    all
}

/// What the AWS command line says when it has understood a command and wants to send it.
const SENT: &str = "Could not connect to the endpoint URL";

#[test]
fn every_aws_command_by_its_own_parser() {
    let aws = judge("venv/bin/aws");
    if lacks(&aws) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    // What it has understood it would send; there, nobody listens.
    let parsed = |shell: &Shell, words: &[String]| {
        let output = Command::new(&aws)
            .args(words)
            .args(["--endpoint-url", "http://127.0.0.1:9"])
            .current_dir(shell.path(""))
            .env("HOME", home.path())
            .env("AWS_ACCESS_KEY_ID", "none")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let mut all = every_call("aws-iot", "aws-iot");
    // Devices that no CA has issued.
    let alone = small::small(
        "aws-iot",
        "region = \"eu-central-1\"\ndevices = [\"device\"]",
        "[\"a\"]",
        "",
    );
    alone.edit(
        "pki.toml",
        "issuer = \"root\"\nprofile",
        "issuer = \"self\"\nallow = [\"aws-issuing-ca\"]\nprofile",
    );
    alone.run("apply pki.toml --yes").exits(0);
    let alone_calls = small::ran(&alone, &small::call("aws-iot", "--run"));
    all.push((alone, alone_calls));
    for verb in [
        "update-certificate",
        "update-ca-certificate",
        "register-certificate-without-ca",
    ] {
        let has = |call: &Vec<String>| call.contains(&verb.to_owned());
        assert!(all.iter().any(|(_, calls)| calls.iter().any(has)), "{verb}");
    }
    for (shell, calls) in all {
        for call in &calls {
            let said = parsed(&shell, call);
            assert!(said.contains(SENT), "{call:?}: {said}");
        }
        let wrong = [
            "iot",
            "create-thing",
            "--thing",
            "a",
            "--region",
            "eu-central-1",
        ];
        let said = parsed(&shell, &wrong.map(str::to_owned));
        assert!(
            !said.contains(SENT),
            "the judge takes whatever it gets: {said}"
        );
    }
}

/// What stands in an extension of azure-cli that no package index has; [`scripts_and_files_as_they_are_read`] holds its form.
fn is_of_an_extension(call: &[String]) -> bool {
    let of = |words: &[&str]| call.iter().zip(words).filter(|(a, b)| a == b).count() == words.len();
    of(&["iot", "hub", "device-identity"])
        || of(&["iot", "dps", "enrollment"])
        || of(&["iot", "dps", "enrollment-group"])
}

#[test]
fn every_az_command_by_its_own_parser() {
    let python = judge("azure/bin/python");
    if lacks(&python) {
        return;
    }
    let mut all = every_call("azure-iot-hub", "azure-iot");
    all.extend(every_call("azure-dps", "azure-dps"));
    let mut calls: Vec<Vec<String>> = all.into_iter().flat_map(|(_, calls)| calls).collect();
    calls.sort();
    calls.dedup();
    calls.retain(|call| !is_of_an_extension(call));
    assert!(calls.len() > 8, "{calls:?}");
    let wrong: Vec<String> = [
        "iot",
        "hub",
        "certificate",
        "create",
        "--hub-name",
        "h",
        "--path",
        "p",
    ]
    .map(str::to_owned)
    .to_vec();
    calls.push(wrong.clone());
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/enroll/az_parser.py"))
        .env("AZURE_CONFIG_DIR", folder.path())
        .env("AZURE_CORE_COLLECT_TELEMETRY", "no")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = serde_json::to_vec(&calls).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    let refused: Vec<Vec<String>> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(
        refused,
        [wrong],
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
