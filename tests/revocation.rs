//! Revocation: what a spec revokes stands in its CA's list, stays there, and nothing else changes.

mod judged;
mod orders;
mod parts;
mod refusals;
mod seeded;
mod walks;

use std::fs;

use crate::support::Pki;

/// A root, an issuing CA with a list, two leaves.
const SPEC: &str = r#"
spec = 1
name = "revoking"

[ca.root]
subject.common_name = "Root"
outputs = ["key", "cert", "crl"]

[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
outputs = ["key", "cert", "crl", "crl-der"]

[leaf.www]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "www"
san = ["www.example.com"]

[leaf.api]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "api"
san = ["api.example.com"]
"#;

/// `revoked` for a leaf.
fn revoke(pki: &Pki, id: &str, reason: &str, date: &str) {
    pki.edit(
        &format!("[leaf.{id}]\n"),
        &format!("[leaf.{id}]\nrevoked = {{ reason = \"{reason}\", date = \"{date}\" }}\n"),
    );
}

/// What `show --json` says of a CA's list.
fn list(pki: &Pki, ca: &str) -> serde_json::Value {
    let path = pki.path(&format!("{ca}/crl.pem"));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pkiform"));
    command.args(["show", "--json"]).arg(path);
    let run = crate::support::Run::of(command).succeeds();
    serde_json::from_str(&run.stdout).unwrap()
}

/// The reasons in a CA's list, in its order, and its number.
fn reasons(pki: &Pki, ca: &str) -> (Vec<String>, String) {
    let list = list(pki, ca);
    let entries = list["entries"].as_array().unwrap();
    let reasons = entries
        .iter()
        .map(|entry| entry["reason"].as_str().unwrap().to_owned())
        .collect();
    (reasons, list["number"].as_str().unwrap().to_owned())
}

fn serial(pki: &Pki, id: &str) -> String {
    let lock = String::from_utf8(pki.read("pkiform.lock")).unwrap();
    let line = lock
        .lines()
        .find(|line| line.contains(&format!("\"id\":\"{id}\",\"kind\"")))
        .unwrap();
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    entry["serial"].as_str().unwrap().to_owned()
}

#[test]
fn the_first_list_is_empty_and_its_number_is_one() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "issuing"), (Vec::new(), "1".to_owned()));
    let list = list(&pki, "issuing");
    assert_eq!(list["this_update"], "2026-11-25T12:00:00Z");
    assert_eq!(list["next_update"], "2026-12-25T12:00:00Z");
    let before = pki.files();
    pki.apply().succeeds().says("No changes");
    assert_eq!(pki.files(), before);
    pki.verify().succeeds();
}

/// certyaml's list loses all entries but the last, and always has the number 0.
#[test]
fn a_second_revocation_keeps_the_first_and_the_number_grows() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let certificates = [
        "www/cert.pem",
        "api/cert.pem",
        "issuing/cert.pem",
        "root/crl.pem",
    ];
    let before = certificates.map(|path| pki.read(path));
    let first = serial(&pki, "www");
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    let plan = pki.run("plan", &[]).succeeds();
    plan.says("it revokes www").says("1 to repackage");
    pki.apply().succeeds();
    assert_eq!(
        reasons(&pki, "issuing"),
        (vec!["key-compromise".to_owned()], "2".to_owned())
    );
    revoke(&pki, "api", "superseded", "2026-11-24");
    pki.apply().succeeds();
    assert_eq!(
        reasons(&pki, "issuing"),
        (
            vec!["key-compromise".to_owned(), "superseded".to_owned()],
            "3".to_owned()
        )
    );
    assert_eq!(list(&pki, "issuing")["entries"][0]["serial"], first);
    assert_eq!(
        certificates.map(|path| pki.read(path)),
        before,
        "nothing else was written"
    );
    assert_eq!(pki.read("issuing/crl.der").first(), Some(&0x30));
    pki.apply().succeeds().says("No changes");
    pki.verify().succeeds().says("2 certificates revoked");
}

#[test]
fn entries_stay_when_the_entity_leaves_and_until_its_certificate_has_ended() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    let text = fs::read_to_string(pki.beside("pki.toml")).unwrap();
    let (before, rest) = text.split_once("[leaf.www]").unwrap();
    let (_, after) = rest.split_once("[leaf.api]").unwrap();
    fs::write(pki.beside("pki.toml"), format!("{before}[leaf.api]{after}")).unwrap();
    pki.run("apply", &["--prune"]).succeeds();
    assert_eq!(reasons(&pki, "issuing").0.len(), 1);
    // www ended on 2027-02-23: listed once more, and then no more (RFC 5280 §3.3).
    pki.run("apply", &["--now", "2027-02-24"]).succeeds();
    assert_eq!(reasons(&pki, "issuing").0.len(), 1, "once more");
    pki.run("apply", &["--now", "2027-03-20"]).succeeds();
    assert_eq!(reasons(&pki, "issuing").0.len(), 0);
}

#[test]
fn what_is_revoked_is_not_renewed_until_its_generation_rises() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    pki.run("apply", &["--now", "2027-02-10"]).succeeds();
    assert_eq!(serial(&pki, "www"), old, "api alone was renewed");
    pki.edit("[leaf.www]\n", "[leaf.www]\ngeneration = 2\n");
    pki.run("apply", &["--now", "2027-02-10"]).succeeds();
    let new = serial(&pki, "www");
    assert_ne!(new, old);
    let listed = list(&pki, "issuing")["entries"].to_string();
    assert!(listed.contains(&old) && !listed.contains(&new), "{listed}");
    pki.run("apply", &["--now", "2027-02-10"])
        .succeeds()
        .says("No changes");
}

#[test]
fn every_certificate_of_the_generation_is_listed() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let first = serial(&pki, "www");
    pki.edit(
        "subject.common_name = \"www\"",
        "subject.common_name = \"web\"",
    );
    pki.apply().succeeds();
    let second = serial(&pki, "www");
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    let listed = list(&pki, "issuing")["entries"].to_string();
    assert!(
        listed.contains(&first) && listed.contains(&second),
        "{listed}"
    );
}

#[test]
fn without_the_ledger_the_lock_is_enough() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.apply().succeeds();
    fs::remove_file(pki.path("pkiform.ledger")).unwrap();
    revoke(&pki, "api", "superseded", "2026-11-24");
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "issuing").0, ["key-compromise", "superseded"]);
}

#[test]
fn an_item_of_a_fleet_is_revoked_by_a_list_or_a_file() {
    let fleet = |revoked: &str| {
        format!(
            "{SPEC}\n[leaf.device]\nissuer = \"issuing\"\nfor_each = [\"a\", \"b\", \"c\"]\n\
             subject.common_name = \"{{{{ item }}}}\"\nrevoked = {revoked}\n"
        )
    };
    let list_of = |pki: &Pki| {
        pki.apply().succeeds();
        let wanted = [serial(pki, "device-a"), serial(pki, "device-c")];
        let found = list(pki, "issuing");
        for (at, (serial, reason)) in wanted.iter().zip(["superseded", "unspecified"]).enumerate() {
            assert_eq!(found["entries"][at]["serial"], *serial, "{found}");
            assert_eq!(found["entries"][at]["reason"], reason);
        }
        assert_eq!(found["entries"].as_array().unwrap().len(), 2);
    };
    list_of(&Pki::new(&fleet(
        "[{ item = \"a\", reason = \"superseded\", date = \"2026-11-01\" }, { item = \"device-c\", date = \"2026-11-02\" }]",
    )));
    let pki = Pki::new(&fleet("\"revoked.csv\""));
    fs::write(
        pki.beside("revoked.csv"),
        "item,reason,date\na,superseded,2026-11-01\nc,,2026-11-02\n",
    )
    .unwrap();
    list_of(&pki);
}

#[test]
fn the_next_list_is_issued_before_the_promised_day() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki.run("apply", &["--now", "2026-12-14"])
        .succeeds()
        .says("No changes");
    pki.run("plan", &["--now", "2026-12-16"])
        .succeeds()
        .says("its next CRL is promised for 2026-12-25");
    pki.run("apply", &["--now", "2026-12-16"]).succeeds();
    assert_eq!(reasons(&pki, "issuing").1, "2");
    pki.run("verify", &["--now", "2027-01-20"])
        .exits(4)
        .says("held until");
    pki.edit("outputs = [\"key\", \"cert\", \"crl\", \"crl-der\"]", "outputs = [\"key\", \"cert\", \"crl\", \"crl-der\"]\ncrl = { validity = \"7d\", renew_before = \"1d\" }");
    pki.run("apply", &["--now", "2027-01-20"]).succeeds();
    assert_eq!(list(&pki, "issuing")["next_update"], "2027-01-27T00:00:00Z");
}

#[test]
fn a_lost_or_changed_list_is_issued_again() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    fs::remove_file(pki.path("issuing/crl.pem")).unwrap();
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "issuing").1, "2");
    fs::write(pki.path("issuing/crl.der"), b"changed").unwrap();
    pki.verify().exits(4);
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "issuing").1, "3");
    pki.verify().succeeds();
}

#[test]
fn on_hold_is_released_and_anything_else_stays() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "certificate-hold", "2026-11-20");
    revoke(&pki, "api", "superseded", "2026-11-24");
    pki.apply().succeeds();
    for (reason, date) in [
        ("certificate-hold", "2026-11-20"),
        ("superseded", "2026-11-24"),
    ] {
        let line = format!("revoked = {{ reason = \"{reason}\", date = \"{date}\" }}\n");
        pki.edit(&line, "");
    }
    let run = pki.apply().succeeds();
    let run = run.says("it releases www");
    run.says("`api` was revoked, and the spec no longer says so");
    assert_eq!(reasons(&pki, "issuing").0, ["superseded"]);
}

#[test]
fn a_revoked_ca_issues_nothing() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki.edit(
        "[ca.issuing]\n",
        "[ca.issuing]\nrevoked = { reason = \"ca-compromise\", date = \"2026-11-20\" }\n",
    );
    pki.apply().succeeds();
    assert_eq!(reasons(&pki, "root").0, ["ca-compromise"]);
    let old = serial(&pki, "www");
    pki.run("apply", &["--now", "2027-02-10"]).succeeds();
    assert_eq!(serial(&pki, "www"), old, "not renewed");
    pki.edit(
        "subject.common_name = \"www\"",
        "subject.common_name = \"web\"",
    );
    pki.apply()
        .exits(1)
        .says("`issuing` is revoked, and would issue `www`");
    pki.edit("[ca.issuing]\n", "[ca.issuing]\ngeneration = 2\n");
    pki.apply().succeeds();
    assert_ne!(serial(&pki, "www"), old);
}
