//! A run that is killed at any moment: what was committed stays as it is, and the next run goes on there.
#![cfg(unix)]
#![expect(
    clippy::disallowed_types,
    reason = "the command is run, and killed, as a process"
)]

use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::{Fleet, spec};

#[test]
fn what_was_committed_stays_and_nothing_is_issued_twice() {
    let fleet = Fleet::of(&spec("", 9000, ""));
    let mut before = std::collections::BTreeMap::new();
    for wait in [60, 150, 250, 350, 500] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("pkiform"))
            .current_dir(fleet.path("."))
            .env("SOURCE_DATE_EPOCH", "1795608000")
            .args(["apply", "pki.toml", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        if !fleet.path("pki/fleet/device.sqlite").exists() {
            continue;
        }
        let now = fleet.rows();
        assert!(now.len() >= before.len());
        assert!(
            before.iter().all(|(id, row)| now[id] == *row),
            "a committed row stays"
        );
        before = now;
    }
    fleet.run("apply pki.toml --yes").good();
    let after = fleet.rows();
    assert_eq!(after.len(), 9000);
    assert!(before.iter().all(|(id, row)| after[id] == *row));
    let database = fleet.database("pki/fleet/device.sqlite");
    let former = database.query_row("SELECT count(*) FROM issued", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(former.unwrap(), 0, "nothing was issued twice");
    fleet.run("verify pki.toml").good();
}

/// Runs `apply`, and asks it to stop after so many milliseconds; how it ended, and what it said.
fn interrupted(fleet: &Fleet, wait: u64) -> (Option<i32>, String) {
    let child = Command::new(assert_cmd::cargo::cargo_bin("pkiform"))
        .current_dir(fleet.path("."))
        .env("SOURCE_DATE_EPOCH", "1795608000")
        .args(["apply", "pki.toml", "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(wait));
    let id = child.id().to_string();
    let _ = Command::new("kill")
        .args(["-INT", &id])
        .stderr(Stdio::null())
        .status();
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn ctrl_c_ends_a_packed_run_with_the_lock_in_step() {
    let fleet = Fleet::of(&spec("", 20_000, ""));
    let mut seen = false;
    for wait in [900, 1200, 1500, 2000, 2600] {
        let (code, said) = interrupted(&fleet, wait);
        if code != Some(130) {
            continue;
        }
        // Of 20,002, less what an earlier wait has let it make.
        assert!(said.contains(" of 20,00"), "{said}");
        assert!(said.contains("; apply again to go on"), "{said}");
        if !fleet.path("pki/fleet/device.sqlite").exists() {
            continue;
        }
        seen = true;
        let lock = std::fs::read_to_string(fleet.path("pki/fleet/pkiform.lock")).unwrap();
        let line = lock
            .lines()
            .find(|line| line.contains("\"pack\":"))
            .unwrap();
        let made = format!("\"members\":{},", fleet.rows().len());
        assert!(line.contains(&made), "{line}: {made}");
        break;
    }
    let before = if seen {
        fleet.rows()
    } else {
        std::collections::BTreeMap::new()
    };
    fleet.run("apply pki.toml --yes").good();
    let after = fleet.rows();
    assert_eq!(after.len(), 20_000);
    assert!(before.iter().all(|(id, row)| after[id] == *row));
    let plan = fleet.run("plan pki.toml").good();
    assert!(plan.stdout.starts_with("No changes"), "{}", plan.stdout);
}

#[test]
fn ctrl_c_ends_a_loose_run_and_nothing_is_issued_twice() {
    let fleet = Fleet::of(&spec("", 1500, "").replace("pack = \"sqlite\"\n", ""));
    for wait in [150, 300, 500] {
        let (code, said) = interrupted(&fleet, wait);
        assert!(code != Some(1), "{said}");
    }
    fleet.run("apply pki.toml --yes").good();
    let ledger = std::fs::read_to_string(fleet.path("pki/fleet/pkiform.ledger")).unwrap();
    assert_eq!(ledger.lines().count(), 1502, "one line a certificate");
    fleet.run("verify pki.toml").good();
}

/// On a disk that fills up in the middle, what was committed stays; with room, the next run goes on there.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let script = r#"mount -t tmpfs -o size=5m tmpfs disk 2>/dev/null || exit 77
"$0" apply pki.toml --out disk/store --yes --quiet; echo "exit $?" >&2
cp disk/store/device.sqlite full.sqlite
mount -o remount,size=64m disk
"$0" apply pki.toml --out disk/store --yes --quiet && "$0" verify pki.toml --out disk/store --quiet || exit 1
cp disk/store/device.sqlite whole.sqlite
umount disk"#;
    for namespace in ["-m", "-rm"] {
        let fleet = Fleet::of(&spec("", 6000, ""));
        std::fs::create_dir(fleet.path("disk")).unwrap();
        let ran = Command::new("unshare")
            .current_dir(fleet.path("."))
            .env("SOURCE_DATE_EPOCH", "1795608000")
            .args([namespace, "sh", "-c", script])
            .arg(assert_cmd::cargo::cargo_bin("pkiform"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        if ran.status.code() == Some(77) || said.starts_with("unshare") {
            continue;
        }
        assert!(ran.status.success(), "{said}");
        assert!(said.contains("the disk is full; free some space"), "{said}");
        assert!(said.contains("exit 1"), "{said}");
        let rows = |file: &str| -> std::collections::BTreeMap<String, String> {
            let database = fleet.database(file);
            let mut query = database
                .prepare("SELECT id, key || certificate FROM members")
                .unwrap();
            let rows = query
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            rows.map(Result::unwrap).collect()
        };
        let (full, whole) = (rows("full.sqlite"), rows("whole.sqlite"));
        assert!(
            !full.is_empty() && full.len() < 6000,
            "{} rows fitted",
            full.len()
        );
        assert_eq!(whole.len(), 6000);
        assert!(full.iter().all(|(id, row)| whole[id] == *row));
        return;
    }
}

/// The calls by which the store and SQLite change the disk, and how many of one are left out between two kills.
#[cfg(target_os = "linux")]
const CALLS: [(&str, usize); 5] = [
    ("rename", 1),
    ("unlink", 1),
    ("fsync", 1),
    ("fdatasync", 1),
    ("pwrite64", 7),
];

/// Kills a run at each call, one after another; `before` sets the stage, `after` judges what the next run makes of it.
#[cfg(target_os = "linux")]
fn at_each_call(fleet: &Fleet, arguments: &str, before: impl Fn(), after: impl Fn(&str)) {
    use std::os::unix::process::ExitStatusExt;
    let mut kills = 0;
    for (call, step) in CALLS {
        for number in (1..).step_by(step) {
            before();
            let killed = crate::crash::killed_at(call, number)
                .current_dir(fleet.path("."))
                .env("SOURCE_DATE_EPOCH", "1795608000")
                .args(arguments.split(' '))
                .output()
                .unwrap();
            after(&format!("killed at {call} {number}"));
            if killed.status.success() {
                break;
            }
            assert_eq!(
                killed.status.signal(),
                Some(9),
                "{call} {number}: {killed:?}"
            );
            kills += 1;
        }
    }
    assert!(kills > 30, "{kills}");
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_any_call_a_packed_run_is_finished_by_the_next() {
    let tar = "pack = { format = \"tar\", count = 5 }";
    let fleet = Fleet::of(&spec("", 12, "").replace("pack = \"sqlite\"", tar));
    let store = fleet.path("pki");
    let before = || {
        let _ = std::fs::remove_dir_all(&store);
    };
    at_each_call(&fleet, "apply pki.toml --yes --jobs 1", before, |place| {
        let whole = fleet.path("pki/fleet/device.sqlite").exists();
        let between = if whole {
            fleet.rows()
        } else {
            std::collections::BTreeMap::new()
        };
        let ran = fleet.run("apply pki.toml --yes");
        assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
        let end = fleet.rows();
        assert_eq!(end.len(), 12, "{place}");
        assert!(between.iter().all(|(id, row)| end[id] == *row), "{place}");
        let ran = fleet.run("verify pki.toml");
        assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
        let ran = fleet.run("apply pki.toml");
        assert!(
            ran.stdout.starts_with("No changes"),
            "{place}: {}",
            ran.seen()
        );
    });
}

#[cfg(target_os = "linux")]
#[test]
fn killed_at_any_call_a_merge_is_finished_by_the_next() {
    let fleet = Fleet::of(&spec("", 12, ""));
    fleet.run("apply pki.toml --out s1 --target issuing").good();
    let copied = Command::new("cp")
        .current_dir(fleet.path("."))
        .args(["-a", "s1", "s2"])
        .status();
    assert!(copied.unwrap().success());
    for share in 1..=2 {
        let apply = format!("apply pki.toml --out s{share} --shard {share}/2");
        fleet.run(&apply).good();
    }
    fleet.run("merge pki.toml s1 s2 --out whole").good();
    let wanted = fleet.digest("whole");
    let store = fleet.path("m");
    let before = || {
        let _ = std::fs::remove_dir_all(&store);
    };
    let merge = "merge pki.toml s1 s2 --out m";
    at_each_call(&fleet, merge, before, |place| {
        let ran = fleet.run(merge);
        assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
        assert_eq!(fleet.digest("m"), wanted, "{place}");
        let ran = fleet.run("verify pki.toml --out m");
        assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
    });
    // Where the shares lie in the store itself, none of them stays.
    std::fs::rename(fleet.path("s1"), fleet.path("s")).unwrap();
    fleet.run("apply pki.toml --out s --shard 2/2").good();
    let wanted = 12;
    let before = || {
        let _ = std::fs::remove_dir_all(&store);
        let copied = Command::new("cp")
            .current_dir(fleet.path("."))
            .args(["-a", "s", "m"])
            .status();
        assert!(copied.unwrap().success());
    };
    at_each_call(&fleet, "merge pki.toml --out m", before, |place| {
        // What is done already needs no more.
        let plan = fleet.run("plan pki.toml --out m");
        let share = || {
            let shares = ["m/device.1-of-2.sqlite", "m/device.2-of-2.sqlite"];
            shares.iter().any(|share| fleet.path(share).exists())
        };
        if plan.code != 0 || share() {
            let ran = fleet.run("merge pki.toml --out m");
            assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
        }
        assert!(!share(), "{place}");
        let ran = fleet.run("verify pki.toml --out m");
        assert_eq!(ran.code, 0, "{place}: {}", ran.seen());
        let database = fleet.database("m/device.sqlite");
        let count = database.query_row("SELECT count(*) FROM members", [], |row| row.get(0));
        assert_eq!(count, Ok(wanted), "{place}");
    });
}
