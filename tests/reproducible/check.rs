//! `pkiform check` says, field by field, what is not as the spec says.

use std::fs;
use std::process::Command;

use super::{SEED, SMALL, WIDE, small};
use crate::support::{Pki, Run};

/// What `check` prints, the folder's name taken out.
#[track_caller]
fn differs(pki: &Pki) -> String {
    let run = pki.run("check", &[]).exits(4);
    run.stdout.replace(pki.store().to_str().unwrap(), "store")
}

#[test]
fn what_apply_has_made_is_what_the_spec_says() {
    let pki = Pki::new(WIDE);
    pki.apply().succeeds();
    pki.run("check", &[]).succeeds().says("19 entities");
    let before = pki.files();
    pki.run("check", &[]).succeeds();
    assert_eq!(pki.files(), before, "check writes nothing");
}

#[test]
fn a_changed_spec_is_told_by_its_fields() {
    let pki = small();
    pki.apply().succeeds();
    pki.edit(
        "san = [\"www.example.com\"]",
        "san = [\"web.example.com\"]\nvalidity = \"60d\"",
    );
    pki.edit(
        "subject.common_name = \"www\"",
        "subject.common_name = \"web\"",
    );
    insta::assert_snapshot!(differs(&pki));
}

#[test]
fn changed_files_are_told() {
    let pki = small();
    pki.apply().succeeds();
    fs::copy(pki.path("root/key.pem"), pki.path("www/key.pem")).unwrap();
    fs::copy(pki.path("root/cert.pem"), pki.path("www/fullchain.pem")).unwrap();
    fs::remove_file(pki.path("www/chain.pem")).unwrap();
    let text = fs::read_to_string(pki.path("www/cert.pem")).unwrap();
    fs::write(pki.path("www/cert.pem"), format!("a comment\n{text}")).unwrap();
    fs::write(pki.path("root/cert.pem"), "no certificate").unwrap();
    insta::assert_snapshot!(differs(&pki));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let pki = small();
    pki.apply().succeeds();
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(pki.path("www/key.pem"), open).unwrap();
    pki.run("check", &[])
        .exits(4)
        .says("www/key.pem: mode 0644 -> 0600");
}

#[test]
fn no_store_a_new_entity_and_one_that_left() {
    let pki = small();
    let run = pki.run("check", &[]).exits(4);
    run.says("root/cert.pem: is missing")
        .says("has no line in pkiform.lock");
    pki.apply().succeeds();
    pki.edit("[leaf.www]", "[leaf.web]");
    insta::assert_snapshot!(differs(&pki));
}

#[test]
fn another_seed_is_seen_and_its_keys_are_not_shown() {
    let pki = small();
    pki.apply().succeeds();
    let mut command = pki.command("check", &[]);
    command.env("PKI_SEED", "another seed of many characters");
    let run = Run::of(command).exits(4);
    let key = String::from_utf8(pki.read("www/key.pem")).unwrap();
    let body = key.lines().nth(1).unwrap();
    assert!(!run.stdout.contains(body));
    let run = run.says("www/key.pem: holds another key");
    assert!(
        !run.stdout.contains("MII"),
        "no blob of base64: {}",
        run.stdout
    );
}

#[test]
fn where_keys_are_not_committed_they_are_left_out() {
    let pki = Pki::new(WIDE);
    pki.apply().succeeds();
    for path in pki.files().into_keys() {
        let private = ["/key.pem", "/key.der", ".p12"];
        if private.iter().any(|end| path.ends_with(end)) {
            fs::remove_file(pki.path(&path)).unwrap();
        }
    }
    pki.run("check", &[]).exits(4).says("key.pem: is missing");
    pki.run("check", &["--without-keys"]).succeeds();
    fs::remove_file(pki.path("alone/cert.pem")).unwrap();
    pki.run("check", &["--without-keys"])
        .exits(4)
        .says("alone/cert.pem: is missing");
}

#[test]
fn a_new_epoch_makes_what_is_committed_old() {
    let spec = SMALL.replace("\"2026-11-01\"", "\"month\"");
    let pki = Pki::new(&spec).environment("PKI_SEED", SEED);
    pki.apply().succeeds();
    pki.run("check", &["--now", "2026-11-30"]).succeeds();
    pki.run("check", &["--now", "2026-12-01"])
        .exits(4)
        .says("not_before");
}

#[test]
fn random_keys_are_compared_by_the_plan() {
    let table = "\n[reproducible]\nseed = \"env:PKI_SEED\"\nepoch = \"2026-11-01\"\n";
    let pki = Pki::new(&SMALL.replace(table, "\n"));
    pki.apply().succeeds();
    pki.run("check", &[]).succeeds();
    pki.edit(
        "subject.common_name = \"www\"",
        "subject.common_name = \"web\"",
    );
    pki.run("check", &[])
        .exits(4)
        .says("subject common_name \"www\" -> \"web\"");
    pki.edit(
        "subject.common_name = \"web\"",
        "subject.common_name = \"www\"",
    );
    fs::remove_file(pki.path("www/key.pem")).unwrap();
    pki.run("check", &[])
        .exits(4)
        .says("www/key.pem: is missing");
    pki.run("check", &["--without-keys"]).succeeds();
}

#[test]
fn a_store_may_be_named_and_json_says_the_same() {
    let pki = small();
    pki.apply().succeeds();
    let elsewhere = pki.beside("elsewhere");
    fs::rename(pki.store(), &elsewhere).unwrap();
    let check = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pkiform"));
        command
            .arg("check")
            .arg(pki.beside("pki.toml"))
            .arg(&elsewhere)
            .args(["--now", crate::support::NOW])
            .args(flags)
            .env("PKI_SEED", SEED);
        Run::of(command)
    };
    check(&[]).succeeds();
    fs::remove_file(elsewhere.join("www/cert.pem")).unwrap();
    let run = check(&["--json"]).exits(4);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(found["same"], false);
    assert_eq!(found["differences"][0]["id"], "www");
    assert_eq!(found["differences"][0]["difference"], "missing");
}
