//! A seeded key is derived again where it lacks, and changes only with the user's word.

use std::fs;

use super::{SEED, SMALL, digest, small};
use crate::support::Pki;

#[test]
fn generations_environments_and_ids_have_keys_of_their_own() {
    let key = |spec: &str, env: Option<&str>, path: &str| {
        let pki = Pki::new(spec).environment("PKI_SEED", SEED);
        let pki = match env {
            Some(env) => pki.env(env),
            None => pki,
        };
        pki.apply().succeeds();
        pki.read(path)
    };
    let spec = format!("{SMALL}\n[env.a]\n[env.b]\n");
    let plain = key(&spec, None, "www/key.pem");
    assert_eq!(key(SMALL, None, "www/key.pem"), plain);
    let second = spec.replace("[leaf.www]", "[leaf.www]\ngeneration = 2");
    let others = [
        key(&spec, Some("a"), "www/key.pem"),
        key(&spec, Some("b"), "www/key.pem"),
        key(&second, None, "www/key.pem"),
        key(&spec.replace("leaf.www", "leaf.web"), None, "web/key.pem"),
        key(&spec.replace("\"small\"", "\"other\""), None, "www/key.pem"),
        key(&spec, None, "root/key.pem"),
    ];
    for (at, other) in others.iter().enumerate() {
        assert_ne!(*other, plain, "{at}");
        assert!(!others[at + 1..].contains(other), "{at}");
    }
}

#[test]
fn a_fresh_clone_with_the_lock_alone_asks_nothing() {
    let pki = small();
    pki.apply().succeeds();
    let wanted = digest(&pki);
    for id in ["root", "www"] {
        fs::remove_dir_all(pki.path(id)).unwrap();
    }
    pki.apply().succeeds();
    assert_eq!(digest(&pki), wanted);
}

#[test]
fn a_higher_generation_brings_the_next_key_and_back_never() {
    let pki = small();
    pki.apply().succeeds();
    let first = pki.read("www/key.pem");
    pki.edit("[leaf.www]", "[leaf.www]\ngeneration = 2");
    pki.apply().succeeds();
    assert_ne!(pki.read("www/key.pem"), first);
    let again = small();
    again.edit("[leaf.www]", "[leaf.www]\ngeneration = 2");
    again.apply().succeeds();
    assert_eq!(
        digest(&again),
        digest(&pki),
        "the way there does not matter"
    );
    pki.edit("generation = 2", "generation = 1");
    pki.apply().exits(1).says("a generation never falls");
}

#[test]
fn another_seed_needs_the_users_word() {
    let pki = small();
    pki.apply().succeeds();
    let before = pki.files();
    let other = |pki: &Pki, flags: &[&str]| {
        let mut command = pki.command("apply", flags);
        command.env("PKI_SEED", "another seed of many characters");
        crate::support::Run::of(command)
    };
    other(&pki, &[]).exits(1).says("--allow-key-replacement");
    assert_eq!(pki.files(), before, "nothing was written");
    other(&pki, &["--allow-key-replacement"]).succeeds();
    let fresh = Pki::new(SMALL).environment("PKI_SEED", "another seed of many characters");
    fresh.apply().succeeds();
    assert_eq!(digest(&pki), digest(&fresh));
    assert!(pki.path(".archive/www").exists(), "the old key is kept");
}

#[test]
fn random_keys_do_not_turn_into_seeded_ones_unasked() {
    let table = "\n[reproducible]\nseed = \"env:PKI_SEED\"\nepoch = \"2026-11-01\"\n";
    let pki = Pki::new(&SMALL.replace(table, "\n")).environment("PKI_SEED", SEED);
    pki.apply().succeeds();
    pki.edit("name = \"small\"\n", &format!("name = \"small\"\n{table}"));
    pki.apply().exits(1).says("--allow-key-replacement");
    fs::remove_file(pki.path("pkiform.lock")).unwrap();
    pki.apply().exits(1).says("--allow-key-replacement");
    pki.run("apply", &["--allow-key-replacement"]).succeeds();
    let fresh = small();
    fresh.apply().succeeds();
    assert_eq!(digest(&pki), digest(&fresh));
}

#[test]
fn a_renamed_entity_is_told_that_its_key_changes() {
    let pki = small();
    pki.apply().succeeds();
    pki.edit("[leaf.www]", "[leaf.web]");
    let plan = pki.run("plan", &[]).exits(1);
    plan.says("was www before")
        .says("--allow-key-replacement=web");
    pki.apply().exits(1);
    assert!(!pki.path("web").exists());
    pki.run("apply", &["--allow-key-replacement=web"])
        .succeeds();
    assert!(
        pki.path("www/key.pem").exists(),
        "the old key is left alone"
    );
}

#[test]
fn a_new_entity_is_no_renamed_one() {
    let pki = small();
    pki.apply().succeeds();
    pki.edit(
        "[leaf.www]",
        "[leaf.api]\nissuer = \"root\"\nsubject.common_name = \"api\"\n\n[leaf.www]",
    );
    pki.apply().succeeds();
}

#[test]
fn a_key_in_the_place_of_the_seeded_one_is_seen() {
    let pki = small();
    pki.apply().succeeds();
    let root = pki.read("root/key.pem");
    fs::write(pki.path("www/key.pem"), root).unwrap();
    pki.apply()
        .exits(1)
        .says("is not the key of www's certificate");
}

#[test]
fn a_certificate_with_another_serial_is_issued_again() {
    let pki = small();
    pki.apply().succeeds();
    let wanted = digest(&pki);
    // The same spec without the seed, over the same keys: all is equal but the serials.
    let table = "\n[reproducible]\nseed = \"env:PKI_SEED\"\nepoch = \"2026-11-01\"\n";
    let other = Pki::new(&SMALL.replace(table, "\n")).now("2026-11-01");
    fs::create_dir_all(other.path("root")).unwrap();
    fs::create_dir_all(other.path("www")).unwrap();
    for path in ["root/key.pem", "www/key.pem"] {
        fs::copy(pki.path(path), other.path(path)).unwrap();
    }
    other.apply().succeeds();
    fs::copy(other.path("www/cert.pem"), pki.path("www/cert.pem")).unwrap();
    fs::remove_file(pki.path("pkiform.lock")).unwrap();
    let plan = pki.run("plan", &[]).succeeds();
    plan.says("serial");
    pki.apply().succeeds();
    assert_eq!(digest(&pki), wanted);
}

#[test]
fn a_key_that_was_handed_out_stays_away() {
    let pki = small();
    pki.edit("[leaf.www]", "[leaf.www]\nkeep_key = false");
    pki.apply().succeeds();
    fs::rename(pki.path("www/key.pem"), pki.beside("handed-out.pem")).unwrap();
    pki.apply().succeeds().says("No changes");
    pki.run("check", &[]).succeeds();
    pki.edit(
        "subject.common_name = \"www\"",
        "subject.common_name = \"web\"",
    );
    pki.apply().succeeds();
    assert!(!pki.path("www/key.pem").exists());
    fs::remove_file(pki.path("www/cert.pem")).unwrap();
    pki.apply().succeeds();
    let certificate = pki.read("www/cert.pem");
    fs::rename(pki.beside("handed-out.pem"), pki.path("www/key.pem")).unwrap();
    pki.verify().succeeds();
    assert_eq!(pki.read("www/cert.pem"), certificate);
}
