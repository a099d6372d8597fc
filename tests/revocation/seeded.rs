//! Of a reproducible PKI the lists come from spec, epoch and lock alone.

use std::fs;

use super::{SPEC, list, reasons, revoke};
use crate::support::{Pki, Run};

const SEEDED: &str = "\n[reproducible]\nseed = { insecure_default = \"a seed that everybody may know\" }\nepoch = \"month\"\n";

fn spec() -> String {
    format!("{SPEC}{SEEDED}")
}

fn digest(pki: &Pki) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pkiform"));
    command.arg("digest").arg(pki.store());
    Run::of(command).succeeds().stdout
}

#[test]
fn number_and_dates_come_from_the_epoch() {
    let pki = Pki::new(&spec());
    pki.apply().succeeds();
    let epoch: u64 = 1_793_491_200; // 2026-11-01
    assert_eq!(reasons(&pki, "issuing").1, (epoch << 32).to_string());
    assert_eq!(list(&pki, "issuing")["this_update"], "2026-11-01T00:00:00Z");
    assert_eq!(list(&pki, "issuing")["next_update"], "2027-01-01T00:00:00Z");
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "issuing").1, ((epoch << 32) + 1).to_string());
}

#[test]
fn at_once_or_one_after_the_other_is_the_same() {
    let steps = Pki::new(&spec());
    steps.apply().succeeds();
    revoke(&steps, "www", "key-compromise", "2026-11-20");
    steps.apply().succeeds();
    revoke(&steps, "api", "superseded", "2026-11-10");
    steps.apply().succeeds();
    let at_once = Pki::new(&spec());
    revoke(&at_once, "www", "key-compromise", "2026-11-20");
    revoke(&at_once, "api", "superseded", "2026-11-10");
    at_once.apply().succeeds();
    assert_eq!(digest(&steps), digest(&at_once));
    assert_eq!(
        reasons(&steps, "issuing").0,
        ["superseded", "key-compromise"],
        "by date"
    );
    steps.run("check", &[]).succeeds();
    fs::remove_file(steps.path("issuing/crl.pem")).unwrap();
    fs::remove_dir_all(steps.path("www")).unwrap();
    steps.apply().succeeds();
    assert_eq!(digest(&steps), digest(&at_once));
}

#[test]
fn a_new_epoch_issues_new_lists_and_keeps_the_entries() {
    let pki = Pki::new(&spec());
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    let old = super::serial(&pki, "www");
    pki.run("apply", &["--now", "2026-12-03"]).succeeds();
    assert_eq!(reasons(&pki, "issuing").0.len(), 1);
    assert_eq!(super::serial(&pki, "www"), old, "it is not renewed");
    assert_eq!(list(&pki, "issuing")["this_update"], "2026-12-01T00:00:00Z");
    pki.run("apply", &["--now", "2026-12-20"])
        .succeeds()
        .says("No changes");
    pki.run("check", &["--now", "2026-12-20"]).succeeds();
}

#[test]
fn an_entry_that_has_not_run_out_is_not_dropped() {
    let pki = Pki::new(&spec());
    revoke(&pki, "www", "certificate-hold", "2026-11-20");
    pki.apply().succeeds();
    pki.edit(
        "revoked = { reason = \"certificate-hold\", date = \"2026-11-20\" }\n",
        "",
    );
    pki.apply().exits(1).says("error[revocation-dropped]");
}

#[test]
fn what_ended_goes_with_the_epoch_after_the_next_and_no_apply_writes_twice() {
    let pki = Pki::new(&spec().replace("[leaf.www]\n", "[leaf.www]\nvalidity = \"62d\"\n"));
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    pki.edit("[leaf.www]\n", "[leaf.www]\ngeneration = 2\n");
    // The old key's certificate ends on 2027-01-02.
    for (now, listed) in [
        ("2026-11-25", 1),
        ("2026-12-03", 1),
        ("2027-01-10", 1),
        ("2027-02-10", 1),
        ("2027-03-10", 0),
    ] {
        pki.run("apply", &["--now", now]).succeeds();
        let before = pki.files();
        let run = pki.run("apply", &["--now", now]).succeeds();
        run.says("No changes");
        assert!(pki.files() == before, "{now}");
        assert_eq!(reasons(&pki, "issuing").0.len(), listed, "{now}");
        pki.run("check", &["--now", now]).succeeds();
    }
}

#[test]
fn an_epoch_that_goes_back_is_refused() {
    let pki = Pki::new(&spec());
    pki.run("apply", &["--now", "2026-12-03"]).succeeds();
    let run = pki.run("apply", &["--now", "2026-11-30"]).exits(1);
    run.says("error[crl-number-falls]");
}

#[test]
fn a_list_that_would_end_before_the_next_is_refused() {
    let pki = Pki::new(&spec().replace(
        "[ca.issuing]\n",
        "[ca.issuing]\ncrl = { validity = \"40d\" }\n",
    ));
    let run = pki.run("validate", &[]).exits(1);
    run.says("the CRL of `issuing` holds for 40d, which is under two periods");
    pki.edit("40d", "62d");
    pki.apply().succeeds();
    assert_eq!(list(&pki, "issuing")["next_update"], "2027-01-02T00:00:00Z");
}

#[test]
fn a_fixed_epoch_says_when_its_list_holds_no_longer() {
    let pki = Pki::new(&spec().replace("\"month\"", "\"2026-11-01\"").replace(
        "[ca.issuing]\n",
        "[ca.issuing]\ncrl = { validity = \"10d\" }\n",
    ));
    pki.apply()
        .succeeds()
        .says("the CRL of `issuing` held until 2026-11-11 only");
}

#[test]
fn a_changed_reason_has_another_number() {
    let pki = Pki::new(&spec());
    revoke(&pki, "www", "superseded", "2026-11-20");
    pki.apply().succeeds();
    let number = |pki: &Pki| -> u64 { reasons(pki, "issuing").1.parse().unwrap() };
    let before = number(&pki);
    pki.edit("superseded", "key-compromise");
    pki.apply().succeeds();
    assert_eq!(number(&pki), before + 1);
}

/// A clone has the lock and nothing else; what is made there is the same.
#[test]
fn a_clone_with_the_lock_alone_has_the_same_lists() {
    let pki = Pki::new(&spec());
    revoke(&pki, "www", "superseded", "2026-11-20");
    pki.apply().succeeds();
    pki.edit("[leaf.www]\n", "[leaf.www]\ngeneration = 2\n");
    pki.apply().succeeds();
    let clone = Pki::new(&fs::read_to_string(pki.beside("pki.toml")).unwrap());
    fs::create_dir_all(clone.store()).unwrap();
    fs::copy(pki.path("pkiform.lock"), clone.path("pkiform.lock")).unwrap();
    clone.apply().succeeds();
    assert_eq!(digest(&pki), digest(&clone));
}

/// What is revoked is not renewed with the epoch; a clone that has the lock alone makes the very same again.
#[test]
fn what_is_revoked_stays_as_it_was_in_every_clone() {
    for (table, reason) in [("leaf.www", "superseded"), ("ca.issuing", "ca-compromise")] {
        let pki = Pki::new(&spec());
        pki.apply().succeeds();
        let line =
            format!("[{table}]\nrevoked = {{ reason = \"{reason}\", date = \"2026-11-20\" }}\n");
        pki.edit(&format!("[{table}]\n"), &line);
        let www = pki.read("www/cert.pem");
        let api = pki.read("api/cert.pem");
        for now in ["2026-11-25", "2026-12-03", "2027-01-05"] {
            pki.run("apply", &["--now", now]).succeeds();
            pki.run("apply", &["--now", now])
                .succeeds()
                .says("No changes");
            pki.run("check", &["--now", now]).succeeds();
            let clone = Pki::new(&fs::read_to_string(pki.beside("pki.toml")).unwrap());
            fs::create_dir_all(clone.store()).unwrap();
            fs::copy(pki.path("pkiform.lock"), clone.path("pkiform.lock")).unwrap();
            clone.run("apply", &["--now", now]).succeeds();
            assert_eq!(digest(&pki), digest(&clone), "{table} {now}");
        }
        assert!(pki.read("www/cert.pem") == www, "{table}: www is renewed");
        assert_eq!(
            pki.read("api/cert.pem") == api,
            table == "ca.issuing",
            "{table}: api"
        );
        pki.run("verify", &["--now", "2027-01-05"]).succeeds();
    }
}
