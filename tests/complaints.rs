//! What people complained of in the script that this project began from, each as a test.

use std::fs;

use pkiform::x509::{Certificate, pem};

use crate::support::Pki;

const SPEC: &str = r#"
spec = 1
name = "tutorial"

[vars]
devices = 1

[defaults]
validity = "30d"

[ca.root]
subject.common_name = "Azure IoT Root CA"
path_length = 12

[ca.intermediate]
issuer = "root"
depth = 3
subject.common_name = "Azure IoT Intermediate {{ level }} CA"

[leaf.device]
issuer = "intermediate"
profile = "device"
count = "{{ devices }}"
subject.common_name = "device-{{ index }}"
san = ["device-{{ index }}.example"]
outputs = ["key", "cert", "fullchain", "pkcs12"]
passphrase = { insecure_default = "123" }
"#;

/// "Permission denied": the second device left a new key beside the first one's certificate.
#[test]
fn a_second_device_comes_after_the_first() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    pki.run("apply", &["--var", "devices=2"]).succeeds();
    let after = pki.files();
    for (path, facts) in before.iter().filter(|(path, _)| path.contains('/')) {
        assert_eq!(after.get(path), Some(facts), "{path}");
    }
    assert!(after.contains_key("device-2/key.pem"));
    pki.run("verify", &["--var", "devices=2"]).succeeds();
}

/// "There is already a certificate for /CN=…", after the previous one was deleted.
#[test]
fn a_second_verification_with_the_same_code() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    for _ in 0..2 {
        pki.run("prove", &["--ca", "intermediate-3", "--code", "7A69A5E4"])
            .succeeds();
    }
    fs::remove_file(pki.path(".prove/intermediate-3/7A69A5E4.pem")).unwrap();
    pki.run("prove", &["--ca", "intermediate-3", "--code", "7A69A5E4"])
        .succeeds();
}

/// Running the first step again wiped all keys and made a new root with the same subject.
#[test]
fn a_rerun_keeps_every_key() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    for _ in 0..3 {
        pki.apply().succeeds();
    }
    assert_eq!(pki.files(), before);
}

/// With an empty TERM, as in CI and containers, the script stopped after the root.
#[test]
fn no_terminal_stops_nothing() {
    for term in [None, Some(""), Some("dumb")] {
        let pki = Pki::new(SPEC);
        let mut command = pki.command("apply", &[]);
        command.stdin(std::process::Stdio::null());
        match term {
            None => command.env_remove("TERM"),
            Some(term) => command.env("TERM", term),
        };
        crate::support::Run::of(command).succeeds();
        assert!(pki.path("device-1/fullchain.pem").exists(), "{term:?}");
    }
}

/// The script's device keys were mode 0444.
#[cfg(unix)]
#[test]
fn no_key_is_readable_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let pki = Pki::new(SPEC);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$@\"", "sh"]);
    crate::support::Run::of(pki.command_under(shell, "apply", &[])).succeeds();
    let mut seen = 0;
    for path in pki.files().into_keys() {
        if path.ends_with("key.pem") || path.ends_with("device-1.p12") {
            let mode = fs::metadata(pki.path(&path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{path}");
            seen += 1;
        }
    }
    assert_eq!(seen, 6);
}

/// "string too long", and no word of which string.
#[test]
fn a_name_of_65_characters_is_said_at_its_place() {
    let name = "x".repeat(65);
    let pki = Pki::new(&SPEC.replace("\"device-{{ index }}\"", &format!("\"{name}\"")));
    let run = pki.apply().exits(1);
    run.says("error[subject-attribute-bounds]")
        .says("pki.toml:24:23");
}

/// Module identities (`device/module`) were impossible: a slash could not be written.
#[test]
fn a_name_with_a_slash_is_a_name() {
    let pki = Pki::new(&SPEC.replace(
        "\"device-{{ index }}\"",
        "\"device-{{ index }}/module, O=Evil\"",
    ));
    pki.apply().succeeds();
    let ders = pem::certificates(&pki.read("device-1/cert.pem")).unwrap();
    let subject = Certificate::parse(&ders[0]).unwrap().subject();
    assert_eq!(subject.common_name(), Some("device-1/module, O=Evil"));
    assert_eq!(subject.0.len(), 1);
    pki.verify().succeeds();
}

/// A copy with the line ends of Windows did not run.
#[test]
fn line_ends_of_windows_are_line_ends() {
    let text = SPEC
        .replace("count = \"{{ devices }}\"", "for_each = \"devices.csv\"")
        .replace("{{ index }}", "{{ item.id }}");
    let pki = Pki::new(&text.replace('\n', "\r\n"));
    fs::write(pki.beside("devices.csv"), "id\r\na\r\nb\r\n").unwrap();
    pki.apply().succeeds();
    let ders = pem::certificates(&pki.read("device-b/cert.pem")).unwrap();
    let subject = Certificate::parse(&ders[0]).unwrap().subject();
    assert_eq!(subject.common_name(), Some("device-b"));
    fs::write(pki.beside("vars.toml"), "devices = 3\r\n").unwrap();
    let vars = pki.beside("vars.toml");
    pki.run("plan", &["--var-file", vars.to_str().unwrap()])
        .succeeds();
}

/// Thirty days, and nobody saw them end.
#[test]
fn thirty_days_are_renewed_before_they_end() {
    let pki = Pki::new(SPEC);
    pki.run("apply", &["--now", "2026-11-01"]).succeeds();
    let key = pki.read("device-1/key.pem");
    pki.run(
        "verify",
        &["--now", "2026-11-15", "--expires-within", "20d"],
    )
    .exits(4);
    pki.run("apply", &["--now", "2026-11-22"])
        .succeeds()
        .says("renew");
    pki.run("verify", &["--now", "2026-12-02"]).succeeds();
    assert_eq!(pki.read("device-1/key.pem"), key);
}
