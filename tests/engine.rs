//! Plan, execute and verify through the library, on real specs and a store in a temporary folder.

mod pki;
mod wide;

use std::fs;

use pkiform::plan::{self, Action, Allowed};
use pkiform::store::State;

use pki::{CHAIN, Pki};

#[test]
fn a_chain_is_made_verifies_and_is_left_alone() {
    let pki = Pki::new();
    let outcome = pki.apply(CHAIN);
    assert_eq!((outcome.certificates, outcome.keys), (6, 6));
    assert_eq!(outcome.warnings.iter().count(), 1, "{:?}", outcome.warnings);
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    let before = pki.files();
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
    let again = pki.apply(CHAIN);
    assert_eq!(again.files, 0);
    assert_eq!(pki.files(), before);
    let verdict = pki.verify(CHAIN);
    assert!(verdict.checks.is_empty(), "{verdict:?}");
    assert_eq!(
        (verdict.summary.certificates, verdict.summary.pkcs12),
        (6, 3)
    );
}

#[test]
fn a_changed_subject_reissues_what_hangs_on_it_and_keeps_keys() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let changed = CHAIN.replace(
        "\"Mid {{ level }}\"",
        "\"{% if level == 1 %}New{% else %}Mid 2{% endif %}\"",
    );
    let key = pki.read("mid-1/key.pem");
    let actions = pki.actions(&changed);
    assert_eq!(actions.len(), 5, "{actions:#?}");
    assert!(
        actions[0].starts_with("mid-1 reissue: subject common_name"),
        "{actions:#?}"
    );
    assert_eq!(actions[1], "mid-2 reissue: its issuer's name changes");
    assert!(
        actions[2].starts_with("device-1 repackage: a certificate of its chain changes"),
        "{actions:#?}"
    );
    let cert = pki.read("device-1/cert.pem");
    pki.apply(&changed);
    assert_eq!(pki.read("device-1/cert.pem"), cert);
    assert_eq!(pki.read("mid-1/key.pem"), key);
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    assert!(pki.verify(&changed).is_good(), "{:?}", pki.verify(&changed));
}

#[test]
fn another_key_needs_a_word_and_the_old_one_is_archived() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let changed = CHAIN.replace("[ca.root]", "[ca.root]\nkey = \"ecdsa-p384\"");
    assert_eq!(pki.words(&changed), ["key-replacement"]);
    let old = pki.read("root/key.pem");
    pki.options.allow_key_replacement = Allowed::All;
    let outcome = pki.apply(&changed);
    assert_eq!(outcome.archived.len(), 1);
    assert_eq!(fs::read(pki.dir.join(&outcome.archived[0])).unwrap(), old);
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    assert!(pki.verify(&changed).is_good(), "{:?}", pki.verify(&changed));
}

#[test]
fn files_that_are_missing_or_edited_are_mended() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    fs::remove_file(pki.dir.join("device-1/fullchain.pem")).unwrap();
    fs::write(pki.dir.join("device-2/chain.pem"), "x").unwrap();
    fs::remove_file(pki.dir.join("device-3/cert.pem")).unwrap();
    assert!(!pki.verify(CHAIN).is_good());
    let actions = pki.actions(CHAIN);
    assert_eq!(
        actions,
        [
            "device-1 repackage: device-1/fullchain.pem is missing",
            "device-2 repackage: device-2/chain.pem was changed by hand",
            // Its full chain holds it still.
            "device-3 repackage: device-3/cert.pem is missing",
        ]
    );
    pki.apply(CHAIN);
    assert!(
        pki.verify(CHAIN).checks.is_empty(),
        "{:?}",
        pki.verify(CHAIN)
    );
}

#[test]
fn a_certificate_put_in_anothers_place_is_seen() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    fs::copy(
        pki.dir.join("device-1/cert.pem"),
        pki.dir.join("device-2/cert.pem"),
    )
    .unwrap();
    let verdict = pki.verify(CHAIN);
    assert!(
        verdict
            .checks
            .iter()
            .any(|check| check.message.contains("changed by hand")),
        "{verdict:?}"
    );
    let actions = pki.actions(CHAIN);
    assert_eq!(actions.len(), 1);
    assert!(
        actions[0].starts_with("device-2 reissue: device-2/cert.pem was changed by hand"),
        "{actions:?}"
    );
    pki.apply(CHAIN);
    assert!(pki.verify(CHAIN).is_good());
}

#[test]
fn a_missing_key_is_told_and_made_only_by_word() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    fs::remove_file(pki.dir.join("device-1/key.pem")).unwrap();
    assert_eq!(pki.words(CHAIN), ["missing-key"]);
    pki.options.allow_key_replacement = Allowed::Only(["device-1".to_owned()].into());
    assert_eq!(
        pki.actions(CHAIN),
        ["device-1 rekey: its private key device-1/key.pem is missing"]
    );
    pki.apply(CHAIN);
    assert!(pki.verify(CHAIN).checks.is_empty());
}

#[test]
fn a_lost_lock_is_made_again_from_the_files() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let cert = pki.read("device-1/cert.pem");
    fs::remove_file(pki.dir.join("pkiform.lock")).unwrap();
    let plan = pki.plan(CHAIN);
    assert!(
        plan.steps.iter().all(|step| !step.action.issues()),
        "{:#?}",
        pki.actions(CHAIN)
    );
    pki.apply(CHAIN);
    assert_eq!(pki.read("device-1/cert.pem"), cert);
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
}

#[test]
fn what_ends_soon_is_renewed_over_the_same_key() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let key = pki.read("root/key.pem");
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    let plan = pki.plan(CHAIN);
    assert!(
        plan.steps.iter().all(|step| step.action == Action::Renew),
        "{:#?}",
        pki.actions(CHAIN)
    );
    pki.apply(CHAIN);
    assert_eq!(pki.read("root/key.pem"), key);
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
}

#[test]
fn a_renewed_issuer_leaves_what_it_issued_alone() {
    let spec = CHAIN
        .replace("[ca.root]", "[ca.root]\nvalidity = \"90d\"")
        .replace("depth = 2", "depth = 2\nvalidity = \"60d\"");
    let mut pki = Pki::new();
    pki.apply(&spec);
    // Now the devices are due, and their issuers are not.
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    let actions = pki.actions(&spec);
    assert_eq!(actions.len(), 3, "{actions:#?}");
    pki.apply(&spec);
    // Now the intermediates are due, and the devices are not.
    pki.now = "2027-01-05T00:00:00Z".parse().unwrap();
    let actions = pki.actions(&spec);
    assert!(actions[0].starts_with("mid-1 renew"), "{actions:#?}");
    assert!(actions[1].starts_with("mid-2 renew"), "{actions:#?}");
    assert!(actions[2].starts_with("device-1 repackage"), "{actions:#?}");
}

#[test]
fn what_left_the_spec_is_left_alone_until_pruned() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let fewer = CHAIN.replace("count = 3", "count = 2");
    let plan = pki.plan(&fewer);
    assert!(plan.is_empty());
    assert_eq!(plan.orphans[0].id, "device-3");
    pki.apply(&fewer);
    assert!(pki.dir.join("device-3/key.pem").exists());
    pki.options.prune = true;
    let outcome = pki.apply(&fewer);
    assert!(!pki.dir.join("device-3/key.pem").exists());
    assert!(!outcome.archived.is_empty());
    assert!(pki.plan(&fewer).orphans.is_empty());
}

#[test]
fn outputs_and_lifetimes_change_what_they_concern() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let added = CHAIN.replace("\"ca\", ", "\"ca\", \"cert-der\", ");
    let actions = pki.actions(&added);
    assert_eq!(actions.len(), 3);
    assert_eq!(actions[0], "device-1 repackage: device-1/cert.der is added");
    let shorter = CHAIN.replace("count = 3", "count = 3\nvalidity = \"20d\"");
    let actions = pki.actions(&shorter);
    assert_eq!(actions[0], "device-1 reissue: validity 30d -> 20d");
    let alias = CHAIN.replace("count = 3", "count = 3\nrenew_before = \"5d\"");
    assert_eq!(pki.actions(&alias), Vec::<String>::new());
}

#[test]
fn threads_do_not_change_the_outcome_and_targets_narrow() {
    let mut pki = Pki::new();
    pki.options.targets = vec!["device-2".to_owned()];
    let plan = pki.plan(CHAIN);
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["root", "mid-1", "mid-2", "device-2"]);
    pki.options.targets = vec!["devise".to_owned()];
    let state = State::read(&pki.dir).unwrap();
    let error = plan::plan(&pki.hierarchy(CHAIN), &state, &pki.options).unwrap_err();
    assert_eq!(error.iter().next().unwrap().code, "unknown-target");
}
