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
