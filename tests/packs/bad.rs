//! Packs and specs that are wrong: one clear error each, and nothing is lost.

use std::fmt::Write;

use super::support::{Fleet, spec};

#[test]
fn a_pack_that_is_cut_off_held_or_none_is_said() {
    let fleet = Fleet::of(&spec("", 60, ""));
    fleet.run("apply pki.toml").good();
    let file = fleet.path("pki/fleet/device.sqlite");
    let whole = std::fs::read(&file).unwrap();
    let mut seen = String::new();
    let mut tell = |what: &str, command: &str| {
        let ran = fleet.run(command);
        assert_ne!(ran.code, 0, "{what}: {}", ran.seen());
        let _ = write!(seen, "{what}: {command}\n{}{}\n", ran.stdout, ran.stderr);
    };
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    tell("cut off", "plan pki.toml");
    tell("cut off", "verify pki.toml");
    std::fs::write(
        &file,
        "no database at all, but as long as the header of one would be",
    )
    .unwrap();
    tell("no database", "apply pki.toml");
    std::fs::write(&file, &whole).unwrap();
    let holder = fleet.database("pki/fleet/device.sqlite");
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    tell("held", "plan pki.toml --target device");
    drop(holder);
    let other = spec("", 60, "").replace("name = \"fleet\"", "name = \"other\"");
    fleet.write("other.toml", other);
    fleet.run("apply other.toml").good();
    std::fs::copy(&file, fleet.path("pki/other/device.sqlite")).unwrap();
    tell("another's", "plan other.toml");
    std::fs::remove_file(&file).unwrap();
    tell("missing", "apply pki.toml");
    insta::assert_snapshot!("damaged", seen);
    std::fs::write(&file, &whole).unwrap();
    fleet.run("verify pki.toml").good();
}

#[test]
fn ids_that_are_one_and_rows_that_are_wrong_name_their_lines() {
    let text = spec("", 0, "").replace("count = 0", "for_each = \"devices.csv\"");
    let fleet = Fleet::of(&text);
    let mut seen = String::new();
    for rows in ["id\na\nb\nA\na\n", "id\na\nb,c\n../x\n", "name\na\n"] {
        fleet.write("devices.csv", rows);
        let ran = fleet.run("validate pki.toml");
        assert_eq!(ran.code, 1);
        seen.push_str(&ran.stderr);
        seen.push('\n');
    }
    insta::assert_snapshot!("rows", seen);
    assert!(!fleet.path("pki").exists());
}

#[test]
fn rules_hold_for_each_member() {
    let text = spec(
        "",
        500,
        "san = [\"{{ 'bad name' if index == 400 else id }}.example.com\"]\n",
    );
    let fleet = Fleet::of(&text.replace("tls-client", "tls-server"));
    let ran = fleet.run("plan pki.toml");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("rule", ran.stderr);
}

#[test]
fn a_passphrase_that_is_not_there_writes_nothing_at_all() {
    let device =
        "outputs = [\"key\", \"cert\", \"pkcs12\"]\npassphrase = \"env:NOBODY_SETS_THIS\"\n";
    let fleet = Fleet::of(&spec("", 30, device));
    let ran = fleet.run("apply pki.toml");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("no_passphrase", ran.stderr);
    assert!(!fleet.path("pki").exists());
    let known = device.replace(
        "\"env:NOBODY_SETS_THIS\"",
        "{ insecure_default = \"1234\" }",
    );
    fleet.write("pki.toml", spec("", 30, &known));
    let ran = fleet.run("apply pki.toml").good();
    assert_eq!(
        ran.stderr.matches("insecure-default").count(),
        1,
        "{}",
        ran.stderr
    );
    fleet.run("verify pki.toml").good();
    fleet.run("extract device-3 --spec pki.toml").good();
    let opened = std::process::Command::new("openssl")
        .args(["pkcs12", "-passin", "pass:1234", "-nokeys", "-in"])
        .arg(fleet.path("device-3/device-3.p12"))
        .output()
        .unwrap();
    assert!(opened.status.success(), "{opened:?}");
}

#[test]
fn subjects_that_are_alike_are_said() {
    let text = spec("", 50, "").replace("{{ id }}", "{{ 'same' if index > 40 else id }}");
    let ran = Fleet::of(&text).run("plan pki.toml");
    insta::assert_snapshot!("same_subject", ran.stderr);
}

#[test]
fn only_a_fleet_is_packed() {
    let text = spec("", 1, "").replace("count = 1\n", "");
    let ran = Fleet::of(&text).run("validate pki.toml");
    insta::assert_snapshot!("no_fleet", ran.stderr);
}
