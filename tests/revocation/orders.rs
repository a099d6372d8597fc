//! Changes in odd orders: a revocation means the generation that it met, wherever its certificates came from.

use std::fs;

use super::{SPEC, list, reasons, revoke, serial};
use crate::support::Pki;

/// Raises the generation of `www`.
fn raise(pki: &Pki, generation: u32) {
    let text = fs::read_to_string(pki.beside("pki.toml")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("generation"));
    let text: Vec<&str> = lines.collect();
    fs::write(pki.beside("pki.toml"), text.join("\n") + "\n").unwrap();
    pki.edit(
        "[leaf.www]\n",
        &format!("[leaf.www]\ngeneration = {generation}\n"),
    );
}

fn serials(pki: &Pki, ca: &str) -> Vec<String> {
    let list = list(pki, ca);
    let entries = list["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["serial"].as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn nothing_more(pki: &Pki, now: &str) {
    let before = pki.files();
    let run = pki.run("apply", &["--now", now]).succeeds();
    run.says("No changes");
    assert!(pki.files() == before, "a second apply wrote");
}

#[test]
fn what_ended_is_listed_once_more_and_a_second_apply_writes_nothing() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    for (now, listed) in [
        ("2027-02-24", 1),
        ("2027-02-24", 1),
        ("2027-03-01", 1),
        ("2027-03-20", 0),
        ("2027-03-20", 0),
    ] {
        pki.run("apply", &["--now", now]).succeeds();
        assert_eq!(serials(&pki, "issuing").len(), listed, "{now}");
        nothing_more(&pki, now);
    }
}

#[test]
fn revoked_and_raised_in_one_edit_means_the_key_that_was_there() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    revoke(&pki, "www", "key-compromise", "2026-11-25");
    raise(&pki, 2);
    pki.apply().succeeds().says("generation 1 revoked");
    assert_eq!(serials(&pki, "issuing"), [old]);
    nothing_more(&pki, "2026-11-25T12:00:00Z");
    let new = serial(&pki, "www");
    pki.run("apply", &["--now", "2027-02-10"]).succeeds();
    assert_ne!(serial(&pki, "www"), new, "the new key's is renewed");
}

#[test]
fn a_generation_that_was_raised_before_is_named() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    raise(&pki, 2);
    pki.apply().succeeds();
    pki.edit(
        "[leaf.www]\n",
        "[leaf.www]\nrevoked = { date = \"2026-11-25\", generation = 1 }\n",
    );
    pki.apply().succeeds();
    assert_eq!(serials(&pki, "issuing"), [old]);
    pki.edit("generation = 1", "generation = 3");
    let run = pki.run("plan", &[]).exits(1);
    run.says("`www` has no generation 3 to be revoked");
}

/// The entries are gone after a while; the statement in the spec still means the old key.
#[test]
fn an_old_revocation_never_turns_against_the_new_key() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    raise(&pki, 2);
    for now in ["2027-02-10", "2027-03-10", "2027-04-10", "2027-05-20"] {
        pki.run("apply", &["--now", now]).succeeds();
        nothing_more(&pki, now);
    }
    assert_eq!(serials(&pki, "issuing"), [""; 0]);
    // Another day is another revocation.
    pki.edit("date = \"2026-11-20\"", "date = \"2027-05-20\"");
    pki.run("apply", &["--now", "2027-05-20"]).succeeds();
    assert_eq!(serials(&pki, "issuing"), [serial(&pki, "www")]);
}

/// Revoked when nothing of it was valid any more: the next key is none of its business.
#[test]
fn what_had_ended_when_it_was_revoked_leaves_its_generation_behind() {
    let pki = Pki::new(&SPEC.replace(
        "[leaf.www]\n",
        "[leaf.www]\nvalidity = \"1d\"\nrenew = \"never\"\n",
    ));
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.run("apply", &["--now", "2026-12-10"]).succeeds();
    raise(&pki, 2);
    pki.run("apply", &["--now", "2026-12-10"]).succeeds();
    nothing_more(&pki, "2026-12-10");
    assert_eq!(serials(&pki, "issuing"), [""; 0]);
}

#[test]
fn without_its_statement_it_stays_revoked_and_is_not_renewed() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    pki.edit(
        "revoked = { reason = \"key-compromise\", date = \"2026-11-20\" }\n",
        "",
    );
    for now in ["2027-02-10", "2027-03-10", "2027-04-10", "2027-05-10"] {
        let run = pki.run("apply", &["--now", now]).succeeds();
        run.says("`www` was revoked, and the spec no longer says so");
        assert_eq!(serial(&pki, "www"), old, "{now}: not renewed");
    }
    raise(&pki, 2);
    pki.run("apply", &["--now", "2027-05-10"]).succeeds();
    assert_ne!(serial(&pki, "www"), old);
    assert!(!serials(&pki, "issuing").contains(&serial(&pki, "www")));
}

const TWO: &str = "\n[ca.other]\nissuer = \"root\"\nsubject.common_name = \"Other\"\noutputs = [\"key\", \"cert\", \"crl\"]\n";

#[test]
fn what_moved_to_another_ca_is_in_the_lists_of_both() {
    let pki = Pki::new(&format!("{SPEC}{TWO}"));
    pki.apply().succeeds();
    let first = serial(&pki, "www");
    pki.edit(
        "[leaf.www]\nissuer = \"issuing\"",
        "[leaf.www]\nissuer = \"other\"",
    );
    pki.apply().succeeds();
    let second = serial(&pki, "www");
    revoke(&pki, "www", "superseded", "2026-11-25");
    pki.apply().succeeds();
    assert_eq!(serials(&pki, "issuing"), [first]);
    assert_eq!(serials(&pki, "other"), [second]);
    nothing_more(&pki, "2026-11-25T12:00:00Z");
    // It moves back with a new key: neither list gains.
    pki.edit("issuer = \"other\"", "generation = 2\nissuer = \"issuing\"");
    pki.apply().succeeds();
    assert_eq!(
        serials(&pki, "issuing").len() + serials(&pki, "other").len(),
        2
    );
    nothing_more(&pki, "2026-11-25T12:00:00Z");
}

#[test]
fn what_no_list_names_is_said() {
    let pki = Pki::new(&format!("{SPEC}{TWO}").replace("\", \"crl\", \"crl-der\"", "\""));
    pki.apply().succeeds();
    pki.edit(
        "[leaf.www]\nissuer = \"issuing\"",
        "[leaf.www]\nissuer = \"other\"",
    );
    pki.apply().succeeds();
    revoke(&pki, "www", "superseded", "2026-11-25");
    let run = pki.run("plan", &[]).succeeds();
    run.says("`issuing` once issued www, and has no `crl` among its outputs");
}

#[test]
fn a_list_with_live_entries_is_not_taken_away_in_silence() {
    let pki = Pki::new(&format!("{SPEC}{TWO}"));
    pki.apply().succeeds();
    revoke(&pki, "www", "superseded", "2026-11-25");
    pki.apply().succeeds();
    let number = reasons(&pki, "issuing").1;
    pki.edit("\"crl\", \"crl-der\"", "\"cert-der\"");
    let run = pki.apply().succeeds();
    run.says("the CRL of `issuing` lists 1 certificate that has not ended");
    // Asked for again, it goes on where it was.
    pki.edit("\"cert-der\"", "\"crl\"");
    pki.apply().succeeds();
    assert!(reasons(&pki, "issuing").1 > number);
    assert_eq!(serials(&pki, "issuing"), [serial(&pki, "www")]);
    // The CA leaves the spec, and what it issued with it.
    let text = fs::read_to_string(pki.beside("pki.toml")).unwrap();
    let (before, rest) = text.split_once("[ca.issuing]").unwrap();
    let (_, after) = rest.split_once("[ca.other]").unwrap();
    fs::write(pki.beside("pki.toml"), format!("{before}[ca.other]{after}")).unwrap();
    let run = pki.run("plan", &["--prune"]).succeeds();
    run.says("`issuing` left the spec, and its CRL lists 1 certificate that has not ended");
}

#[test]
fn a_changed_reason_is_written_anew() {
    let pki = Pki::new(SPEC);
    revoke(&pki, "www", "superseded", "2026-11-25");
    pki.apply().succeeds();
    pki.edit("superseded", "key-compromise");
    let run = pki.apply().succeeds();
    run.says("what it says changes of www");
    assert_eq!(
        reasons(&pki, "issuing"),
        (vec!["key-compromise".to_owned()], "2".to_owned())
    );
}

#[test]
fn another_validity_is_a_new_list() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki.edit(
        "[ca.issuing]\n",
        "[ca.issuing]\ncrl = { validity = \"7d\" }\n",
    );
    pki.apply()
        .succeeds()
        .says("its CRL shall hold until 2026-12-02");
    assert_eq!(list(&pki, "issuing")["next_update"], "2026-12-02T12:00:00Z");
    nothing_more(&pki, "2026-11-25T12:00:00Z");
}

#[test]
fn dates_that_are_odd_are_said_once_and_stop_nothing() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "superseded", "2026-11-20");
    revoke(&pki, "api", "superseded", "2027-01-01");
    let run = pki.apply().succeeds();
    let run = run.says("the date 2026-11-20 lies before the certificate's beginning");
    run.says("the date 2027-01-01 has not come yet");
    let run = pki.apply().succeeds();
    assert!(!run.stderr.contains("the date"), "{}", run.stderr);
}

#[test]
fn a_ca_far_above_that_is_revoked_issues_nothing() {
    let pki = Pki::new(&format!(
        "{SPEC}\n[ca.deep]\nissuer = \"issuing\"\nsubject.common_name = \"Deep\"\n\
         [leaf.far]\nissuer = \"deep\"\nsubject.common_name = \"far\"\n"
    ));
    pki.apply().succeeds();
    pki.edit(
        "[ca.issuing]\n",
        "[ca.issuing]\nrevoked = { reason = \"ca-compromise\", date = \"2026-11-25\" }\n",
    );
    pki.apply().succeeds();
    let run = pki.run("plan", &["--now", "2027-02-10"]).succeeds();
    run.says("`issuing` is revoked: what is due beneath it is not renewed (far, api, www)");
    let run = pki
        .run("prove", &["--ca", "deep", "--code", "1234"])
        .exits(1);
    run.says("`issuing` is revoked");
    pki.edit("common_name = \"far\"", "common_name = \"farther\"");
    let run = pki.apply().exits(1);
    run.says("`issuing` is revoked, and `far` would be issued beneath it");
}

#[test]
fn a_revoked_one_is_told_and_is_no_fault_even_when_it_has_ended() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "superseded", "2026-11-25");
    pki.apply().succeeds();
    let run = pki.verify().succeeds();
    run.says("is revoked, since 2026-11-25 (superseded)");
    pki.run("apply", &["--now", "2027-03-01"]).succeeds();
    let run = pki.run("verify", &["--now", "2027-03-01"]).succeeds();
    run.says("expired on 2027-02-23, and is revoked");
    let run = pki
        .run("verify", &["--json", "--now", "2027-03-01"])
        .succeeds();
    assert!(
        run.stdout.contains("\"status\": \"note\""),
        "{}",
        run.stdout
    );
}

/// What was pruned and comes back under its old id has another key.
#[test]
fn what_comes_back_with_another_key_is_not_revoked() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "superseded", "2026-11-25");
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    let whole = fs::read_to_string(pki.beside("pki.toml")).unwrap();
    let (before, rest) = whole.split_once("[leaf.www]").unwrap();
    let (_, after) = rest.split_once("[leaf.api]").unwrap();
    fs::write(pki.beside("pki.toml"), format!("{before}[leaf.api]{after}")).unwrap();
    pki.run("apply", &["--prune"]).succeeds();
    fs::write(pki.beside("pki.toml"), SPEC).unwrap();
    pki.apply().succeeds();
    nothing_more(&pki, "2026-11-25T12:00:00Z");
    assert_eq!(serials(&pki, "issuing"), [old]);
    fs::remove_file(pki.path("pkiform.ledger")).unwrap();
    nothing_more(&pki, "2026-11-25T12:00:00Z");
}
