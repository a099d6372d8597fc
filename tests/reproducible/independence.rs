//! The digest does not depend on threads, order, folder, surroundings, or how often a run began anew.

use std::fs;
use std::process::Command;

use proptest::prelude::*;
use proptest::sample::Index;

use super::{WIDE, digest, digest_of};
use crate::support::{Pki, Run};

/// What everyone gets.
fn wanted(spec: &str) -> String {
    let pki = Pki::new(spec);
    pki.apply().succeeds();
    digest(&pki)
}

#[test]
fn threads_folders_and_surroundings_do_not_matter() {
    let wanted = wanted(WIDE);
    for jobs in ["1", "2", "8"] {
        let pki = Pki::new(WIDE);
        pki.run("apply", &["--jobs", jobs]).succeeds();
        assert_eq!(digest(&pki), wanted, "{jobs} threads");
    }
    for (zone, locale) in [("Pacific/Kiritimati", "C"), ("America/Adak", "tr_TR.UTF-8")] {
        let pki = Pki::new(WIDE)
            .environment("TZ", zone)
            .environment("LC_ALL", locale)
            .environment("HOME", "/nowhere");
        pki.apply().succeeds();
        assert_eq!(digest(&pki), wanted, "{zone} {locale}");
    }
}

#[cfg(unix)]
#[test]
fn the_umask_does_not_matter() {
    let wanted = wanted(WIDE);
    for umask in ["000", "077", "027"] {
        let pki = Pki::new(WIDE);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
        Run::of(pki.command_under(shell, "apply", &[])).succeeds();
        assert_eq!(digest(&pki), wanted, "umask {umask}");
    }
}

#[test]
fn the_moment_of_the_run_does_not_matter_within_an_epoch() {
    let rolling = WIDE.replace("\"2026-11-01\"", "\"month\"");
    let at = |now: &str| {
        let pki = Pki::new(&rolling).now(now);
        pki.apply().succeeds();
        digest(&pki)
    };
    let first = at("2026-11-01T00:00:00Z");
    assert_eq!(at("2026-11-30T23:59:59Z"), first);
    assert_ne!(at("2026-12-01T00:00:00Z"), first);
    assert_eq!(first, wanted(WIDE), "the same epoch, fixed");
}

#[test]
fn entity_by_entity_is_as_all_at_once() {
    let wanted = wanted(WIDE);
    let pki = Pki::new(WIDE);
    let tree = pki.run("tree", &["--json"]).succeeds().stdout;
    let tree: serde_json::Value = serde_json::from_str(&tree).unwrap();
    let mut ids = Vec::new();
    collect(&tree, &mut ids);
    // Backwards, so that issuers come with what they issue.
    for id in ids.iter().rev() {
        pki.run("apply", &["--target", id]).succeeds();
    }
    assert_eq!(digest(&pki), wanted);
}

fn collect(tree: &serde_json::Value, ids: &mut Vec<String>) {
    for entity in tree.as_array().unwrap() {
        ids.push(entity["id"].as_str().unwrap().to_owned());
        collect(&entity["issues"], ids);
    }
}

/// Which files to delete, by their place in the listing and their path.
type Half = fn(usize, &str) -> bool;

#[test]
fn whatever_is_deleted_comes_back_the_same() {
    let wanted = wanted(WIDE);
    let pki = Pki::new(WIDE);
    pki.apply().succeeds();
    let files: Vec<String> = pki
        .files()
        .into_keys()
        .filter(|path| path.contains('/') && !path.starts_with('.'))
        .collect();
    assert!(files.len() > 40);
    let halves: [Half; 5] = [
        |at, _| at % 2 == 0,
        |at, _| at % 2 == 1,
        |_, path| path.contains("key"),
        |_, path| path.contains("cert"),
        |_, path| path.starts_with("root/") || path.starts_with("chain-1/"),
    ];
    for (number, half) in halves.iter().enumerate() {
        for (at, path) in files.iter().enumerate() {
            if half(at, path) {
                fs::remove_file(pki.path(path)).unwrap();
            }
        }
        pki.apply().succeeds();
        assert_eq!(digest(&pki), wanted, "half {number}");
        pki.apply().succeeds().says("No changes");
    }
    fs::remove_file(pki.path("pkiform.lock")).unwrap();
    pki.apply().succeeds();
    assert_eq!(digest(&pki), wanted, "without its lock");
    for (at, path) in files.iter().enumerate() {
        if at % 2 == 0 {
            fs::remove_file(pki.path(path)).unwrap();
        }
    }
    fs::remove_file(pki.path("pkiform.lock")).unwrap();
    pki.apply().succeeds();
    assert_eq!(
        digest(&pki),
        wanted,
        "without its lock and half of its files"
    );
}

#[test]
fn a_fleet_in_shares_is_as_the_whole() {
    let fleet = WIDE.replace("devices = 7", "devices = 500");
    let whole = Pki::new(&fleet);
    whole.apply().succeeds();
    let wanted = digest(&whole);
    let pki = Pki::new(&fleet);
    for (done, share) in ["3/4", "1/4", "4/4", "2/4"].into_iter().enumerate() {
        pki.run("apply", &["--shard", share]).succeeds();
        let devices = pki
            .files()
            .into_keys()
            .filter(|path| path.starts_with("device-") && path.ends_with("cert.pem"))
            .count();
        if done < 3 {
            assert!(
                devices > 80 * (done + 1) && devices < 500,
                "{share}: {devices}"
            );
        }
    }
    assert_eq!(digest(&pki), wanted);
}

#[test]
fn a_release_build_is_as_a_debug_build() {
    let Some(other) = std::env::var_os("PKIFORM_OTHER_BUILD") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "PKIFORM_OTHER_BUILD names the other build's program"
        );
        return;
    };
    let wanted = wanted(WIDE);
    let pki = Pki::new(WIDE);
    let store = pki.beside("other");
    let mut command = Command::new(other);
    command
        .args(["apply", "--now", crate::support::NOW, "--out"])
        .arg(&store)
        .arg(pki.beside("pki.toml"));
    Run::of(command).succeeds();
    assert_eq!(digest_of(&store), wanted);
}

/// The spec's tables, each with its header.
fn tables(spec: &str) -> (String, Vec<String>) {
    let mut parts = spec.split("\n[");
    let head = parts.next().unwrap().to_owned();
    (head, parts.map(|part| format!("\n[{part}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_tables_does_not_matter(picks in proptest::collection::vec(any::<Index>(), 24)) {
        static WANTED: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let wanted = WANTED.get_or_init(|| wanted(WIDE));
        let (mut spec, mut rest) = tables(WIDE);
        for pick in picks {
            if rest.is_empty() {
                break;
            }
            let at = pick.index(rest.len());
            spec.push_str(&rest.remove(at));
        }
        spec.extend(rest);
        let pki = Pki::new(&spec);
        pki.apply().succeeds();
        prop_assert_eq!(&digest(&pki), wanted);
    }
}
