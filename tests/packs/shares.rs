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

/// What shares have beside packs: leaves and keys in files, the ledger, former keys.
#[test]
fn leaves_and_keys_in_files_are_taken_over() {
    let beside = r#"
[leaf.gateway]
issuer = "issuing"
profile = "tls-client"
for_each = ["x", "y", "z", "u", "v"]
subject.common_name = "{{ id }}"

[key.k]
count = 3
key = "ed25519"
"#;
    let fleet = Fleet::of(&(spec("", 40, "") + beside));
    fleet
        .run("apply pki.toml --out base --target issuing")
        .good();
    deal(&fleet, 2);
    let share = fleet.run("verify pki.toml --out s1");
    assert_eq!(share.code, 4, "{}", share.seen());
    fleet.run("verify pki.toml --out s1 --shard 1/2").good();
    let of_second = [
        "gateway-x",
        "gateway-y",
        "gateway-z",
        "gateway-u",
        "gateway-v",
    ]
    .into_iter()
    .find(|id| fleet.path(&format!("s2/{id}/key.pem")).exists())
    .unwrap();
    let again =
        format!("apply pki.toml --out s2 --shard 2/2 --yes --allow-key-replacement={of_second}");
    let key = format!("s2/{of_second}/key.pem");
    let former = std::fs::read(fleet.path(&key)).unwrap();
    std::fs::remove_file(fleet.path(&key)).unwrap();
    fleet.run(&again).good();
    std::fs::create_dir_all(fleet.path("s2/.archive/gateway-x/00")).unwrap();
    fleet.write("s2/.archive/gateway-x/00/key.pem", &former);

    let merged = fleet.run("merge pki.toml s1 s2 --out m").good();
    assert!(
        merged
            .stdout
            .contains("beside packs: 8 leaves and keys in m\n"),
        "{}",
        merged.stdout
    );
    for id in [
        "gateway-x",
        "gateway-y",
        "gateway-z",
        "gateway-u",
        "gateway-v",
    ] {
        let key = |store: &str| std::fs::read(fleet.path(&format!("{store}/{id}/key.pem"))).ok();
        assert_eq!(key("m"), key("s1").or_else(|| key("s2")), "{id}");
    }
    assert_eq!(
        std::fs::read(fleet.path("m/.archive/gateway-x/00/key.pem")).unwrap(),
        former
    );
    let ledger = |store: &str| {
        let text = std::fs::read_to_string(fleet.path(&format!("{store}/pkiform.ledger"))).unwrap();
        text.lines()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ledger("m"), &ledger("s1") | &ledger("s2"));
    fleet.run("verify pki.toml --out m").good();
    let plan = fleet.run("plan pki.toml --out m").good();
    assert!(plan.stdout.starts_with("No changes"), "{}", plan.stdout);
    // Joined again, all is there.
    fleet.run("merge pki.toml s1 s2 --out m").good();
    assert!(
        fleet
            .run("plan pki.toml --out m")
            .good()
            .stdout
            .starts_with("No changes")
    );
}

/// Also where no packed fleet tells that a share is missing.
#[test]
fn leaves_in_files_that_no_store_has_are_missed() {
    let beside = "\n[leaf.web]\nissuer = \"issuing\"\nprofile = \"tls-client\"\ncount = 12\nsubject.common_name = \"{{ id }}\"\n";
    let fleet = Fleet::of(&(spec("", 1, "") + beside));
    fleet
        .run("apply pki.toml --out base --target issuing")
        .good();
    deal(&fleet, 3);
    let has = |share: i32| {
        let pack = format!("s{share}/device.{share}-of-3.sqlite");
        fleet.path(&pack).exists()
    };
    let with = (1..=3).find(|share| has(*share)).unwrap();
    let ran = fleet.run(&format!("merge pki.toml s{with} --out m"));
    assert_eq!(ran.code, 1, "{}", ran.seen());
    let others: Vec<String> = (1..=3)
        .filter(|share| *share != with)
        .map(|share| format!("{share}/3"))
        .collect();
    let said = format!("name the stores that have the shares {}", others.join(", "));
    assert!(ran.stderr.contains(&said), "{}", ran.seen());
    fleet.run("merge pki.toml s1 s2 s3 --out m").good();
    let again = fleet.run("merge pki.toml --out m").good();
    assert!(
        again.stdout.contains("Nothing is to be joined in m."),
        "{}",
        again.seen()
    );
}

/// A share holds the chains of its own members' issuers.
#[test]
fn a_fleet_of_many_issuers_is_joined() {
    let sites = spec("", 5, "")
        .replace(
            "[leaf.device]\nissuer = \"issuing\"",
            "[ca.site]\nissuer = \"root\"\ncount = 3\nsubject.common_name = \"{{ id }}\"\nvalidity = \"5y\"\n\n[leaf.device]\nissuer = \"{{ item }}\"",
        )
        .replace("count = 5\npack", "for_each = \"ca.site\"\npack");
    let fleet = Fleet::of(&sites);
    fleet
        .run("apply pki.toml --out base --target issuing --target site")
        .good();
    deal(&fleet, 2);
    fleet.run("merge pki.toml s1 s2 --out m").good();
    fleet.run("verify pki.toml --out m").good();
}

#[test]
fn shares_in_a_store_that_is_named_otherwise_are_taken_away_too() {
    let fleet = Fleet::of(&spec("", 40, ""));
    for share in ["1/2", "2/2"] {
        fleet
            .run(&format!("apply pki.toml --out q --shard {share}"))
            .good();
    }
    fleet.run("merge pki.toml ./q --out q").good();
    assert!(!fleet.path("q/device.1-of-2.sqlite").exists());
    fleet.run("verify pki.toml --out q").good();
}

/// Each share's list has what that share knew; the next one has all, and a number that none of them had.
#[test]
fn lists_of_shares_become_one() {
    let revoked = "revoked = [{ item = \"1\", date = \"2026-11-26\" }, { item = \"2\", date = \"2026-11-26\" }, { item = \"3\", date = \"2026-11-26\" }]\n";
    let fleet = Fleet::of(&spec("", 20, revoked));
    fleet
        .run("apply pki.toml --out base --target issuing")
        .good();
    deal(&fleet, 2);
    fleet.run("merge pki.toml s1 s2 --out m").good();
    fleet.run("apply pki.toml --out m --yes").good();
    let list = |store: &str| {
        let path = fleet.path(&format!("{store}/issuing/crl.pem"));
        let listed = std::process::Command::new("openssl")
            .args(["crl", "-noout", "-text", "-in"])
            .arg(path)
            .output()
            .unwrap();
        String::from_utf8(listed.stdout).unwrap()
    };
    assert_eq!(
        list("m").matches("Serial Number: ").count(),
        3,
        "{}",
        list("m")
    );
    let number = |store: &str| {
        let text = list(store);
        let rest = text.split("X509v3 CRL Number: ").nth(1).unwrap();
        rest.split_whitespace()
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    assert!(number("m") > number("s1").max(number("s2")));
    fleet.run("merge pki.toml s1 s2 --out m").good();
    let plan = fleet.run("plan pki.toml --out m").good();
    assert!(plan.stdout.starts_with("No changes"), "{}", plan.seen());
    fleet.run("verify pki.toml --out m").good();
}

#[test]
fn a_share_that_no_member_falls_to_is_none() {
    let second = second(2);
    let fleet = Fleet::of(&(spec(SEEDED, 60, "") + &second));
    fleet.run("apply pki.toml --out one").good();
    for share in 1..=4 {
        fleet
            .run(&format!("apply pki.toml --out s{share} --shard {share}/4"))
            .good();
    }
    let packs = |share: i32| {
        let path = fleet.path(&format!("s{share}/other.{share}-of-4.sqlite"));
        usize::from(path.exists())
    };
    assert!((1..=4).map(packs).sum::<usize>() < 4);
    fleet.run("merge pki.toml s1 s2 s3 s4 --out m").good();
    assert_eq!(fleet.digest("m"), fleet.digest("one"));
    fleet.run("verify pki.toml --out m").good();
}

#[test]
fn a_merge_that_is_refused_leaves_nothing_behind() {
    let second = second(40);
    let fleet = Fleet::of(&(spec(SEEDED, 60, "") + &second));
    for share in 1..=2 {
        fleet
            .run(&format!("apply pki.toml --out s{share} --shard {share}/2"))
            .good();
    }
    let database = fleet.database("s2/other.2-of-2.sqlite");
    database
        .execute(
            "DELETE FROM members WHERE id = (SELECT min(id) FROM members)",
            [],
        )
        .unwrap();
    drop(database);
    let ran = fleet.run("merge pki.toml s1 s2 --out m");
    assert_eq!(ran.code, 1, "{}", ran.seen());
    let there: Vec<_> = std::fs::read_dir(fleet.path("m"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| !name.to_string_lossy().starts_with(".pkiform"))
        .collect();
    assert!(there.is_empty(), "{there:?}");
}

/// So many shares, each in a store that begins as a copy of `base`.
fn deal(fleet: &Fleet, shares: usize) {
    for share in 1..=shares {
        copy(&fleet.path("base"), &fleet.path(&format!("s{share}")));
        let apply = format!("apply pki.toml --out s{share} --shard {share}/{shares}");
        fleet.run(&apply).good();
    }
}

/// Another packed fleet, of so many.
fn second(count: usize) -> String {
    format!(
        r#"
[leaf.other]
issuer = "issuing"
profile = "tls-client"
count = {count}
pack = "sqlite"
subject.common_name = "{{{{ id }}}}"
"#
    )
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let place = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).unwrap();
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}
