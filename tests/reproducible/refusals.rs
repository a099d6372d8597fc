//! What is wrong with a seed or an epoch, each said at its place.

use std::fs;

use super::{SEED, SMALL, small};
use crate::support::{Pki, Run};

/// What an apply says that fails, the folder's name taken out.
#[track_caller]
fn refused(pki: &Pki, flags: &[&str]) -> String {
    said(pki, &pki.run("apply", flags).exits(1))
}

fn said(pki: &Pki, run: &Run) -> String {
    let folder = pki.beside("").to_str().unwrap().to_owned();
    assert!(!pki.store().exists(), "nothing was written");
    run.stderr.replace(&folder, "")
}

fn seeded(seed: &str) -> Pki {
    Pki::new(&SMALL.replace("\"env:PKI_SEED\"", seed))
}

fn epoch(epoch: &str) -> Pki {
    let spec = SMALL.replace("\"2026-11-01\"", epoch);
    Pki::new(&spec).environment("PKI_SEED", SEED)
}

#[test]
fn no_seed_in_the_environment() {
    insta::assert_snapshot!(refused(&Pki::new(SMALL), &[]));
}

#[test]
fn a_seed_that_is_short() {
    let pki = Pki::new(SMALL).environment("PKI_SEED", "fifteen letters");
    insta::assert_snapshot!(refused(&pki, &[]));
    let pki = seeded("{ insecure_default = \"short\" }");
    insta::assert_snapshot!(refused(&pki, &[]));
}

#[test]
fn a_command_that_may_not_run_that_fails_and_that_says_nothing() {
    insta::assert_snapshot!(refused(&seeded("\"command:echo 0123456789abcdef\""), &[]));
    insta::assert_snapshot!(refused(&seeded("\"command:false\""), &["--allow-commands"]));
    insta::assert_snapshot!(refused(&seeded("\"command:true\""), &["--allow-commands"]));
    let plan = seeded("\"command:echo 0123456789abcdef\"");
    plan.run("plan", &[]).exits(1).says("--allow-commands");
    plan.run("plan", &["--allow-commands"]).succeeds();
    plan.run("validate", &[]).succeeds();
}

#[cfg(unix)]
#[test]
fn a_seed_file_that_anyone_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let pki = seeded("\"file:seed.txt\"");
    insta::assert_snapshot!("no_seed_file", refused(&pki, &[]));
    fs::write(pki.beside("seed.txt"), format!("{SEED}\n")).unwrap();
    let mode = |mode| fs::set_permissions(pki.beside("seed.txt"), fs::Permissions::from_mode(mode));
    mode(0o644).unwrap();
    let plan = pki.run("plan", &[]).succeeds();
    insta::assert_snapshot!("seed_file_open", said(&pki, &plan));
    mode(0o600).unwrap();
    let plan = pki.run("plan", &[]).succeeds();
    assert_eq!(plan.stderr, "");
}

#[test]
fn an_epoch_that_is_none_or_is_to_come() {
    insta::assert_snapshot!(refused(&epoch("\"fortnight\""), &[]));
    insta::assert_snapshot!(refused(&epoch("7"), &[]));
    let pki = epoch("\"2027-01-01\"");
    let plan = pki.run("plan", &[]).succeeds();
    insta::assert_snapshot!(said(&pki, &plan));
    let spec = SMALL.replace("epoch = \"2026-11-01\"\n", "");
    insta::assert_snapshot!(refused(&Pki::new(&spec), &[]));
}

#[test]
fn a_validity_under_two_periods() {
    insta::assert_snapshot!(refused(&epoch("\"quarter\""), &[]));
    let pki = epoch("\"month\"");
    pki.edit(
        "profile = \"tls-server\"",
        "profile = \"tls-server\"\nrenew = \"never\"",
    );
    insta::assert_snapshot!(refused(&pki, &[]));
}

#[test]
fn keys_that_have_no_place_there() {
    let spec = SMALL.replace("[reproducible]", "[reproducible]\nsede = 1");
    insta::assert_snapshot!(refused(&Pki::new(&spec), &[]));
    let spec = format!("{SMALL}\n[env.ci.reproducible]\nepcoh = \"month\"\n");
    insta::assert_snapshot!(refused(&Pki::new(&spec), &[]));
}

#[test]
fn a_share_that_is_none() {
    let pki = small();
    pki.run("apply", &["--shard", "5/4"])
        .exits(2)
        .says("counted from 1");
}
