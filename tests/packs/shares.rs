//! A fleet dealt out to machines: with a seed, the shares joined are the single run's store.

use std::fmt::Write;

use super::support::{Fleet, SEEDED, spec};

#[test]
fn shares_of_a_seeded_fleet_join_to_the_single_run() {
    let fleet = Fleet::of(&spec(SEEDED, 300, ""));
    fleet.run("apply pki.toml --out one").good();
    for (jobs, share) in [(1, "1/3"), (2, "2/3"), (1, "3/3")] {
        let folder = share.replace('/', "-");
        fleet
            .run(&format!(
                "apply pki.toml --out {folder} --shard {share} --jobs {jobs}"
            ))
            .good();
    }
    let merged = fleet.run("merge pki.toml 3-3 1-3 2-3 --out merged").good();
    insta::assert_snapshot!("merged", merged.stdout);
    assert_eq!(fleet.digest("merged"), fleet.digest("one"));
    let plan = fleet.run("plan pki.toml --out merged").good();
    assert!(plan.stdout.starts_with("No changes"), "{}", plan.stdout);
    fleet.run("verify pki.toml --out merged").good();
}

#[test]
fn shares_in_one_store_join_there_with_random_keys_too() {
    let fleet = Fleet::of(&spec("", 100, ""));
    for share in ["1/2", "2/2"] {
        fleet.run(&format!("apply pki.toml --shard {share}")).good();
    }
    fleet.run("verify pki.toml").good();
    fleet.run("merge pki.toml").good();
    assert_eq!(fleet.rows().len(), 100);
    assert!(!fleet.path("pki/fleet/device.1-of-2.sqlite").exists());
    fleet.run("verify pki.toml").good();
}

#[test]
fn what_is_no_whole_is_refused_and_nothing_is_written() {
    let fleet = Fleet::of(&spec(SEEDED, 60, ""));
    for share in ["1/3", "2/3", "3/3"] {
        let folder = share.replace('/', "-");
        fleet
            .run(&format!("apply pki.toml --out {folder} --shard {share}"))
            .good();
    }
    fleet.run("apply pki.toml --out two --shard 2/3").good();
    fleet.run("apply pki.toml --out half --shard 1/2").good();
    let mut seen = String::new();
    for stores in ["1-3 3-3", "1-3 2-3 3-3 two", "1-3 half", "nowhere"] {
        let ran = fleet.run(&format!("merge pki.toml {stores} --out merged"));
        assert_eq!(ran.code, 1);
        let _ = write!(seen, "merge {stores}\n{}\n", ran.stderr);
        assert!(!fleet.path("merged/device.sqlite").exists());
    }
    // A run that was cut off: rows that the lock does not know.
    let share = fleet.database("2-3/device.2-of-3.sqlite");
    share
        .execute(
            "DELETE FROM members WHERE id = (SELECT min(id) FROM members)",
            [],
        )
        .unwrap();
    drop(share);
    let ran = fleet.run("merge pki.toml 1-3 2-3 3-3 --out merged");
    let _ = write!(seen, "merge after a row was lost\n{}\n", ran.stderr);
    insta::assert_snapshot!("no_whole", seen);
    assert!(!fleet.path("merged/device.sqlite").exists());
}

#[test]
fn machines_with_cas_of_their_own_are_told_apart() {
    let fleet = Fleet::of(&spec("", 20, ""));
    fleet.run("apply pki.toml --out a --shard 1/2").good();
    fleet.run("apply pki.toml --out b --shard 2/2").good();
    let ran = fleet.run("merge pki.toml a b --out merged");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("other_cas", ran.stderr);
}
