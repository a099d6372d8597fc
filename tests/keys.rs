//! Invariant 3: a key is never lost, and none is made anew in silence.

use std::fs;

use crate::support::Pki;

const SPEC: &str = r#"
spec = 1
[ca.root]
subject.common_name = "Root"
[leaf.www]
issuer = "root"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com"]
"#;

const OTHER_KEY: (&str, &str) = (
    "common_name = \"Root\"",
    "common_name = \"Root\"\nkey = \"ecdsa-p384\"",
);

#[test]
fn another_algorithm_needs_the_users_word_and_without_it_nothing_is_written() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    pki.edit(OTHER_KEY.0, OTHER_KEY.1);
    for flags in [
        [].as_slice(),
        &["--yes"],
        &["--allow-key-replacement=www"],
        &["--prune"],
    ] {
        pki.run("apply", flags)
            .exits(1)
            .says("--allow-key-replacement=root");
        assert_eq!(pki.files(), before, "{flags:?}");
    }
}

#[test]
fn a_replaced_key_goes_to_the_archive_and_stays_there() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let mut keys = vec![pki.read("root/key.pem")];
    for (from, to) in [
        OTHER_KEY,
        ("ecdsa-p384", "ecdsa-p256"),
        ("\nkey = \"ecdsa-p256\"", "\ngeneration = 2"),
    ] {
        pki.edit(from, to);
        let run = pki.run("apply", &["--allow-key-replacement=root"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        keys.push(pki.read("root/key.pem"));
    }
    let last = keys.pop().unwrap();
    assert!(!keys.contains(&last));
    for key in keys {
        assert!(
            archived(&pki).contains(&key),
            "a key that was replaced is nowhere"
        );
    }
    pki.verify().succeeds();
}

#[test]
fn a_raised_generation_is_the_users_word_and_none_falls() {
    let pki = Pki::new(SPEC);
    pki.edit("[leaf.www]", "generation = 2\n[leaf.www]");
    pki.apply().succeeds();
    let first = pki.read("root/key.pem");
    pki.edit("generation = 2", "generation = 3");
    pki.apply().succeeds();
    assert_ne!(pki.read("root/key.pem"), first);
    assert!(archived(&pki).contains(&first));
    let before = pki.files();
    pki.edit("generation = 3", "generation = 1");
    pki.run("apply", &["--allow-key-replacement"])
        .exits(1)
        .says("generation");
    assert_eq!(pki.files(), before);
}

#[test]
fn a_key_that_the_lock_knows_and_the_disk_lacks_is_not_made_anew() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    for id in ["root", "www"] {
        let key = pki.read(&format!("{id}/key.pem"));
        fs::remove_file(pki.path(&format!("{id}/key.pem"))).unwrap();
        pki.edit(
            "www.example.com\"]",
            "www.example.com\", \"also.example.com\"]",
        );
        pki.apply().exits(1).says("missing-key");
        assert!(!pki.path(&format!("{id}/key.pem")).exists());
        fs::write(pki.path(&format!("{id}/key.pem")), key).unwrap();
        pki.edit(", \"also.example.com\"]", "]");
    }
    pki.apply().succeeds();
}

#[test]
fn a_foreign_key_in_a_keys_place_is_not_overwritten() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let other = Pki::new(SPEC);
    other.apply().succeeds();
    let foreign = other.read("www/key.pem");
    fs::write(pki.path("www/key.pem"), &foreign).unwrap();
    pki.verify().exits(4);
    pki.apply();
    let all: Vec<Vec<u8>> = archived(&pki)
        .into_iter()
        .chain([pki.read("www/key.pem")])
        .collect();
    assert!(
        all.contains(&foreign),
        "a key that we did not make was lost"
    );
}

#[test]
fn a_file_that_is_no_key_is_not_overwritten_in_a_keys_place() {
    let pki = Pki::new(SPEC);
    fs::create_dir_all(pki.path("root")).unwrap();
    fs::write(pki.path("root/key.pem"), "somebody's notes\n").unwrap();
    pki.run("apply", &["--yes"]).exits(1).says("root/key.pem");
    assert_eq!(pki.read("root/key.pem"), b"somebody's notes\n");
}

#[test]
fn a_key_that_stands_there_before_the_first_run_is_taken_up_and_closed() {
    let other = Pki::new(SPEC);
    other.apply().succeeds();
    let pki = Pki::new(SPEC);
    fs::create_dir_all(pki.path("root")).unwrap();
    fs::write(pki.path("root/key.pem"), other.read("root/key.pem")).unwrap();
    pki.run("apply", &["--yes"]).succeeds();
    assert_eq!(pki.read("root/key.pem"), other.read("root/key.pem"));
    assert_eq!(pki.files()["root/key.pem"].mode, 0o600);
    pki.verify().succeeds();
}

#[test]
fn a_fresh_clone_without_keys_makes_none() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    for name in ["root/key.pem", "www/key.pem", ".pkiform-cache"] {
        fs::remove_file(pki.path(name)).unwrap();
    }
    let before = pki.files();
    pki.run("apply", &["--yes"]).exits(1).says("missing-key");
    assert_eq!(pki.files(), before);
}

#[test]
fn without_lock_ledger_and_cache_keys_and_certificates_stay() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let mut before = pki.files();
    for name in ["pkiform.lock", "pkiform.ledger", ".pkiform-cache"] {
        fs::remove_file(pki.path(name)).unwrap();
        before.remove(name);
    }
    pki.run("apply", &["--yes"]).succeeds();
    let after = pki.files();
    for (name, facts) in before {
        assert_eq!(after.get(&name), Some(&facts), "{name}");
    }
    pki.verify().succeeds();
}

#[test]
fn a_pruned_entitys_key_is_archived_and_its_certificate_stays_in_the_ledger() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let key = pki.read("www/key.pem");
    let (_, leaf) = SPEC.split_once("[leaf.www]").unwrap();
    pki.edit(&format!("[leaf.www]{leaf}"), "");
    pki.apply().succeeds().says("--prune");
    assert_eq!(pki.read("www/key.pem"), key);
    pki.run("apply", &["--prune"]).succeeds();
    assert!(!pki.path("www").exists());
    assert!(archived(&pki).contains(&key));
    let ledger = String::from_utf8(pki.read("pkiform.ledger")).unwrap();
    assert!(ledger.contains("\"id\":\"www\""), "{ledger}");
}

#[test]
fn a_key_handed_out_is_no_drift() {
    let pki = Pki::new(SPEC);
    pki.edit("[leaf.www]", "[leaf.www]\nkeep_key = false");
    pki.apply().succeeds();
    fs::remove_file(pki.path("www/key.pem")).unwrap();
    let before = pki.files();
    pki.apply().succeeds().says("No changes");
    assert_eq!(pki.files(), before);
    pki.verify().succeeds();
}

/// The content of every file of the archive.
fn archived(pki: &Pki) -> Vec<Vec<u8>> {
    let files = pki.files();
    files
        .keys()
        .filter(|name| name.starts_with(".archive/"))
        .map(|name| pki.read(name))
        .collect()
}
