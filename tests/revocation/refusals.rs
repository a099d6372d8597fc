//! What is wrong with a revocation, each said at its place.

use std::fs;

use super::SPEC;
use crate::support::Pki;

/// What `validate` says of the spec with this line in `[leaf.www]`, the folder's name taken out.
#[track_caller]
fn refused(line: &str) -> String {
    let pki = Pki::new(&SPEC.replace("[leaf.www]\n", &format!("[leaf.www]\n{line}\n")));
    said(&pki)
}

#[track_caller]
fn said(pki: &Pki) -> String {
    let folder = pki.beside("").to_str().unwrap().to_owned();
    pki.run("validate", &[])
        .exits(1)
        .stderr
        .replace(&folder, "")
}

#[test]
fn reasons_dates_and_keys() {
    insta::assert_snapshot!(refused(
        "revoked = { reason = \"key-compromised\", date = \"2026-11-20\" }"
    ));
    insta::assert_snapshot!(refused("revoked = { reason = \"superseded\" }"));
    insta::assert_snapshot!(refused("revoked = { date = \"yesterday\" }"));
    insta::assert_snapshot!(refused(
        "revoked = { date = \"2026-11-20\", resaon = \"superseded\" }"
    ));
    insta::assert_snapshot!(refused("revoked = true"));
}

#[test]
fn items_that_do_not_exist() {
    insta::assert_snapshot!(refused(
        "count = 3\nrevoked = [{ item = \"4\", date = \"2026-11-20\" }]"
    ));
    insta::assert_snapshot!(refused("count = 3\nrevoked = { date = \"2026-11-20\" }"));
    insta::assert_snapshot!(refused(
        "count = 3\nrevoked = [{ item = \"2\", date = \"2026-11-20\" }, { item = \"www-2\", date = \"2026-11-21\" }]"
    ));
}

#[test]
fn rows_of_a_file() {
    let pki = Pki::new(&SPEC.replace(
        "[leaf.www]\n",
        "[leaf.www]\ncount = 3\nrevoked = \"revoked.csv\"\n",
    ));
    insta::assert_snapshot!("no_file", said(&pki));
    fs::write(
        pki.beside("revoked.csv"),
        "item,reason,date\n1,superseded,2026-11-01\n7,superseded,2026-11-01\n2,lost,2026-11-01\n3,superseded,\n",
    )
    .unwrap();
    insta::assert_snapshot!("bad_rows", said(&pki));
}

#[test]
fn who_has_no_list() {
    insta::assert_snapshot!(refused("outputs = [\"key\", \"cert\", \"crl\"]"));
    let pki = Pki::new(&SPEC.replace(
        "[ca.root]\n",
        "[ca.root]\nrevoked = { reason = \"ca-compromise\", date = \"2026-11-20\" }\n",
    ));
    insta::assert_snapshot!(said(&pki));
}

#[test]
fn what_there_is_not() {
    insta::assert_snapshot!(
        "generation",
        refused("revoked = { date = \"2026-11-20\", generation = 2 }")
    );
    insta::assert_snapshot!(
        "before_1970",
        refused("revoked = { date = \"1969-12-31\" }")
    );
}

#[test]
fn what_a_plan_refuses() {
    let seeded = "\n[reproducible]\nseed = { insecure_default = \"a seed that everybody may know\" }\nepoch = \"month\"\n";
    let pki = Pki::new(&format!("{SPEC}{seeded}"));
    let planned = |pki: &Pki, now: &str| {
        let folder = pki.beside("").to_str().unwrap().to_owned();
        let run = pki.run("plan", &["--now", now]).exits(1);
        run.stderr.replace(&folder, "")
    };
    pki.apply().succeeds();
    insta::assert_snapshot!("number_falls", planned(&pki, "2026-10-20"));
    pki.edit(
        "[ca.issuing]\n",
        "[ca.issuing]\ncrl = { validity = \"1mo\" }\n",
    );
    insta::assert_snapshot!("too_short", said(&pki));
}
