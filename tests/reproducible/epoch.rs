//! Dates count from the epoch, and a new epoch renews everything at once.

use super::{SEED, SMALL, digest, small};
use crate::support::Pki;

fn rolling(period: &str) -> Pki {
    let spec = SMALL.replace("\"2026-11-01\"", &format!("\"{period}\""));
    Pki::new(&spec).environment("PKI_SEED", SEED)
}

fn dates(pki: &Pki, id: &str) -> (String, String) {
    let plan = pki.run("plan", &["--json"]).succeeds().stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["id"] == id).unwrap();
    let date = |key: &str| step[key].as_str().unwrap().to_owned();
    (date("not_before"), date("not_after"))
}

#[test]
fn every_date_counts_from_the_epoch() {
    let pki = small();
    pki.apply().succeeds();
    assert_eq!(
        dates(&pki, "www"),
        (
            "2026-11-01T00:00:00Z".to_owned(),
            "2027-01-30T00:00:00Z".to_owned()
        )
    );
    assert_eq!(dates(&pki, "root").1, "2036-11-01T00:00:00Z");
}

#[test]
fn a_new_period_renews_everything_at_once_and_no_key() {
    let pki = rolling("month");
    pki.run("apply", &["--now", "2026-11-30"]).succeeds();
    let key = pki.read("www/key.pem");
    pki.run("apply", &["--now", "2026-11-30T23:59:59Z"])
        .succeeds()
        .says("No changes");
    let plan = pki.run("plan", &["--now", "2026-12-01"]).succeeds();
    let plan = plan.says("renew, same key: the epoch begins on 2026-12-01 now");
    plan.says("2 to renew");
    pki.run("apply", &["--now", "2026-12-01"]).succeeds();
    assert_eq!(pki.read("www/key.pem"), key);
    let later = rolling("month");
    later.run("apply", &["--now", "2026-12-24"]).succeeds();
    assert_eq!(
        digest(&pki),
        digest(&later),
        "whoever comes later has the same"
    );
}

#[test]
fn what_ends_soon_waits_for_the_epoch_and_says_so() {
    let pki = rolling("month");
    pki.run("apply", &["--now", "2026-11-02"]).succeeds();
    // Its window of the last third begins on 31 December: within its second period.
    let spec_end = pki.run("plan", &["--now", "2026-11-30"]).succeeds();
    spec_end.says("No changes");
    let fixed = small();
    fixed.run("apply", &["--now", "2026-11-02"]).succeeds();
    let run = fixed.run("apply", &["--now", "2027-01-15"]).succeeds();
    run.says("No changes")
        .says("ends-soon")
        .says("move it, and everything is renewed");
    let run = fixed.run("plan", &["--now", "2027-02-15"]).succeeds();
    run.says("`www` expired on 2027-01-30");
}

#[test]
fn a_changed_lifetime_is_issued_again_from_the_epoch() {
    let pki = small();
    pki.apply().succeeds();
    pki.edit(
        "profile = \"tls-server\"",
        "profile = \"tls-server\"\nvalidity = \"60d\"",
    );
    assert_eq!(pki.steps()["www"], "reissue");
    pki.apply().succeeds();
    assert_eq!(dates(&pki, "www").1, "2026-12-31T00:00:00Z");
}

#[test]
fn an_environment_may_be_random_again() {
    let spec = format!("{SMALL}\n[env.prod]\nreproducible = false\n");
    let one = Pki::new(&spec).env("prod");
    let two = Pki::new(&spec).env("prod");
    one.apply().succeeds();
    two.apply().succeeds();
    assert_ne!(digest(&one), digest(&two));
    assert_eq!(dates(&one, "www").0, "2026-11-25T12:00:00Z");
}

#[test]
fn an_environment_may_have_another_epoch() {
    let spec = format!("{SMALL}\n[env.ci.reproducible]\nepoch = \"2026-11-15\"\n");
    let pki = Pki::new(&spec).env("ci").environment("PKI_SEED", SEED);
    pki.apply().succeeds();
    assert_eq!(dates(&pki, "www").0, "2026-11-15T00:00:00Z");
}
