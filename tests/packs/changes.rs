//! What a change of the spec does to a packed fleet, and what does nothing.

use super::support::{Fleet, spec};

#[test]
fn a_second_run_changes_nothing_and_a_longer_fleet_only_grows() {
    let fleet = Fleet::of(&spec("", 300, ""));
    fleet.run("apply pki.toml").good();
    let before = fleet.rows();
    assert_eq!(before.len(), 300);
    let stamp = |file: &str| {
        std::fs::metadata(fleet.path(file))
            .unwrap()
            .modified()
            .unwrap()
    };
    let files = [
        "pki/fleet/device.sqlite",
        "pki/fleet/pkiform.lock",
        "pki/fleet/.pkiform-cache",
    ];
    let then: Vec<_> = files.iter().map(|file| stamp(file)).collect();
    let second = fleet.run("apply pki.toml").good();
    assert!(
        second.stdout.starts_with("No changes. 302 entities"),
        "{}",
        second.stdout
    );
    assert_eq!(
        then,
        files.iter().map(|file| stamp(file)).collect::<Vec<_>>()
    );

    fleet.write("pki.toml", spec("", 303, ""));
    insta::assert_snapshot!("three_more", fleet.run("plan pki.toml").good().stdout);
    fleet.run("apply pki.toml").good();
    let after = fleet.rows();
    assert_eq!(after.len(), 303);
    assert!(before.iter().all(|(id, row)| after[id] == *row));
    assert_eq!(fleet.run("verify pki.toml").good().code, 0);
}

#[test]
fn an_unchanged_fleet_is_told_by_size_and_times_and_a_touched_one_is_read() {
    let fleet = Fleet::of(&spec("", 40, ""));
    fleet.run("apply pki.toml").good();
    let database = fleet.database("pki/fleet/device.sqlite");
    let spoil =
        "UPDATE members SET certificate = replace(certificate, 'A', 'B') WHERE id = 'device-7'";
    assert_eq!(database.execute(spoil, []).unwrap(), 1);
    drop(database);
    let plan = fleet.run("plan pki.toml").good();
    assert!(plan.stdout.contains("1 to "), "{}", plan.stdout);
    assert!(plan.stdout.contains("device-7"), "{}", plan.stdout);
    let verdict = fleet.run("verify pki.toml");
    assert_eq!(verdict.code, 4, "{}", verdict.seen());
    assert!(verdict.stdout.contains("device-7"), "{}", verdict.stdout);
    let before = fleet.rows();
    fleet.run("apply pki.toml --yes").good();
    fleet.run("verify pki.toml").good();
    let after = fleet.rows();
    assert_eq!(before["device-7"].1, after["device-7"].1, "the key stays");
    assert_eq!(before["device-8"], after["device-8"]);
}

#[test]
fn a_changed_subject_reissues_over_the_same_keys_and_keeps_what_was_issued() {
    let fleet = Fleet::of(&spec("", 50, ""));
    fleet.run("apply pki.toml").good();
    let before = fleet.rows();
    fleet.write("pki.toml", spec("", 50, "subject.organization = \"O\"\n"));
    insta::assert_snapshot!("another_subject", fleet.run("plan pki.toml").good().stdout);
    fleet.run("apply pki.toml --yes").good();
    let after = fleet.rows();
    for (id, row) in &after {
        assert_eq!(row.1, before[id].1, "{id}: the key stays");
        assert_ne!(row.0, before[id].0, "{id}: another certificate");
    }
    let database = fleet.database("pki/fleet/device.sqlite");
    let former = database.query_row("SELECT count(*) FROM issued", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(former.unwrap(), 50);
    fleet.run("verify pki.toml").good();
}

#[test]
fn a_new_key_takes_the_users_word_and_the_old_one_goes_to_the_archive() {
    let fleet = Fleet::of(&spec("", 30, ""));
    fleet.run("apply pki.toml").good();
    let before = fleet.rows();
    fleet.write("pki.toml", spec("", 30, "key = \"ecdsa-p384\"\n"));
    let refused = fleet.run("apply pki.toml --yes");
    assert_eq!(refused.code, 1);
    insta::assert_snapshot!("another_algorithm", refused.seen());
    assert_eq!(fleet.rows(), before, "nothing was written");
    fleet
        .run("apply pki.toml --yes --allow-key-replacement=device")
        .good();
    let database = fleet.database("pki/fleet/device.sqlite");
    let mut query = database
        .prepare("SELECT id, CAST(content AS TEXT) FROM archive")
        .unwrap();
    let archived: Vec<(String, String)> = query
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(archived.len(), 30);
    assert!(archived.iter().all(|(id, key)| before[id].1 == *key));
}

#[test]
fn what_leaves_the_spec_stays_until_it_is_pruned() {
    let fleet = Fleet::of(&spec("", 30, ""));
    fleet.run("apply pki.toml").good();
    fleet.write("pki.toml", spec("", 20, ""));
    insta::assert_snapshot!("ten_left", fleet.run("plan pki.toml").good().stdout);
    fleet.run("apply pki.toml").good();
    assert_eq!(fleet.rows().len(), 30);
    fleet.run("apply pki.toml --prune --yes").good();
    assert_eq!(fleet.rows().len(), 20);
    let database = fleet.database("pki/fleet/device.sqlite");
    let kept = database.query_row("SELECT count(*) FROM archive", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(kept.unwrap(), 10, "no key is lost");
    fleet.run("verify pki.toml").good();
}

#[test]
fn a_renewed_ca_changes_one_chain_and_no_member() {
    let fleet = Fleet::of(&spec("", 20, ""));
    fleet.run("apply pki.toml").good();
    let before = fleet.rows();
    let text = spec("", 20, "").replace("validity = \"5y\"", "validity = \"6y\"");
    fleet.write("pki.toml", text);
    insta::assert_snapshot!("renewed_ca", fleet.run("plan pki.toml").good().stdout);
    fleet.run("apply pki.toml --yes").good();
    assert_eq!(fleet.rows(), before);
    let database = fleet.database("pki/fleet/device.sqlite");
    let chain: String = database
        .query_row("SELECT chain FROM chains", [], |row| row.get(0))
        .unwrap();
    assert_eq!(
        chain,
        std::fs::read_to_string(fleet.path("pki/fleet/issuing/cert.pem")).unwrap()
    );
    let again = fleet.run("apply pki.toml").good();
    assert!(again.stdout.starts_with("No changes"), "{}", again.stdout);
}

#[test]
fn members_are_renewed_before_they_end() {
    let fleet = Fleet::of(&spec("", 20, ""));
    fleet.run("apply pki.toml").good();
    // Ten months later.
    let later = "1822000000";
    insta::assert_snapshot!("due", fleet.at(later, "plan pki.toml").good().stdout);
    let before = fleet.rows();
    fleet.at(later, "apply pki.toml --yes").good();
    let after = fleet.rows();
    assert!(
        after
            .iter()
            .all(|(id, row)| row.1 == before[id].1 && row.0 != before[id].0)
    );
}

#[test]
fn a_revoked_member_stands_in_the_list_and_is_not_renewed() {
    let fleet = Fleet::of(&spec("", 20, ""));
    fleet.run("apply pki.toml").good();
    let before = fleet.rows();
    let revoked =
        "revoked = [{ item = \"7\", reason = \"key-compromise\", date = \"2026-11-26\" }]\n";
    fleet.write("pki.toml", spec("", 20, revoked));
    fleet.run("apply pki.toml --yes").good();
    let listed = std::process::Command::new("openssl")
        .args(["crl", "-noout", "-text", "-in"])
        .arg(fleet.path("pki/fleet/issuing/crl.pem"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains(&before["device-7"].0.to_uppercase()),
        "{listed}"
    );
    assert_eq!(listed.matches("Serial Number").count(), 1, "{listed}");
    fleet.at("1822000000", "apply pki.toml --yes").good();
    let after = fleet.rows();
    assert_eq!(after["device-7"], before["device-7"]);
    assert_ne!(after["device-8"], before["device-8"]);
}

#[test]
fn what_is_issued_and_revoked_at_once_is_in_the_list_too() {
    let revoked = "revoked = [{ item = \"7\", date = \"2026-11-26\" }]\n";
    let fleet = Fleet::of(&spec("", 20, revoked));
    fleet.run("apply pki.toml").good();
    let listed = std::fs::read(fleet.path("pki/fleet/pkiform.lock")).unwrap();
    let serial = &fleet.rows()["device-7"].0;
    assert!(String::from_utf8(listed).unwrap().contains(serial));
    let again = fleet.run("apply pki.toml").good();
    assert!(again.stdout.starts_with("No changes"), "{}", again.stdout);
}

#[test]
fn what_lies_elsewhere_gets_no_new_keys_unasked() {
    use std::fmt::Write;
    let packed = spec("", 30, "");
    let loose = packed.replace("pack = \"sqlite\"\n", "");
    let mut seen = String::new();
    let mut refused = |what: &str, fleet: &Fleet, command: &str| {
        let ran = fleet.run(command);
        assert_eq!(ran.code, 1, "{what}: {}", ran.seen());
        let _ = write!(seen, "{what}: {command}\n{}\n", ran.stderr);
    };
    let fleet = Fleet::of(&loose);
    fleet.run("apply pki.toml").good();
    fleet.write("pki.toml", &packed);
    refused("loose, now packed", &fleet, "apply pki.toml --yes");
    let fleet = Fleet::of(&packed);
    fleet.run("apply pki.toml").good();
    fleet.write("pki.toml", &loose);
    refused("packed, now loose", &fleet, "apply pki.toml --yes");
    fleet.write("pki.toml", &packed);
    refused("whole, now a share", &fleet, "apply pki.toml --shard 1/2");
    let fleet = Fleet::of(&packed);
    fleet.run("apply pki.toml --shard 1/2").good();
    refused("a share, now whole", &fleet, "apply pki.toml");
    refused(
        "a share of two, now of three",
        &fleet,
        "apply pki.toml --shard 1/3",
    );
    fleet.run("apply pki.toml --shard 2/2").good();
    let gone = packed.split("[leaf.device]").next().unwrap().to_owned();
    fleet.write("pki.toml", gone);
    let _ = write!(seen, "gone\n{}", fleet.run("plan pki.toml").good().stderr);
    insta::assert_snapshot!("elsewhere", seen);
}

/// As a run leaves it that dies between its last row and its lock, or a lock that was put back.
#[test]
fn a_lock_that_has_the_pack_otherwise_is_written_again() {
    let fleet = Fleet::of(&spec("", 10, ""));
    fleet.run("apply pki.toml").good();
    let lock = fleet.path("pki/fleet/pkiform.lock");
    let before = std::fs::read(&lock).unwrap();
    fleet.write("pki.toml", spec("", 20, ""));
    fleet.run("apply pki.toml --yes").good();
    let after = std::fs::read_to_string(&lock).unwrap();
    let lines = after.split_inclusive('\n');
    let without: String = lines.filter(|line| !line.contains("\"pack\"")).collect();
    let rows = fleet.rows();
    for stale in [before, without.into_bytes()] {
        std::fs::write(&lock, stale).unwrap();
        let plan = fleet.run("plan pki.toml").good();
        let said = "the lock has the pack otherwise; it is written again";
        assert!(plan.stdout.contains(said), "{}", plan.seen());
        let check = fleet.run("check pki.toml");
        assert_eq!(check.code, 4, "{}", check.seen());
        fleet.run("apply pki.toml").good();
        assert_eq!(std::fs::read_to_string(&lock).unwrap(), after);
        fleet.run("verify pki.toml").good();
        let again = fleet.run("apply pki.toml").good();
        assert!(again.stdout.starts_with("No changes"), "{}", again.seen());
    }
    assert_eq!(fleet.rows(), rows);
}

#[test]
fn a_row_that_another_program_took_away_gets_no_new_key_unasked() {
    let fleet = Fleet::of(&spec("", 10, ""));
    fleet.run("apply pki.toml").good();
    let database = fleet.database("pki/fleet/device.sqlite");
    database
        .execute("DELETE FROM members WHERE id = 'device-7'", [])
        .unwrap();
    drop(database);
    let ran = fleet.run("apply pki.toml --yes");
    assert_eq!(ran.code, 1, "{}", ran.seen());
    insta::assert_snapshot!("row_lost", ran.stderr);
    assert_eq!(fleet.rows().len(), 9);
    fleet
        .run("apply pki.toml --yes --allow-key-replacement=device")
        .good();
    assert_eq!(fleet.rows().len(), 10);
    fleet.run("verify pki.toml").good();
}

#[test]
fn a_fleet_that_is_no_longer_packed_is_asked_about_once() {
    let fleet = Fleet::of(&spec("", 3, ""));
    fleet.run("apply pki.toml").good();
    fleet.write(
        "pki.toml",
        spec("", 3, "").replace("pack = \"sqlite\"\n", ""),
    );
    fleet
        .run("apply pki.toml --yes --allow-key-replacement=device")
        .good();
    let again = fleet.run("apply pki.toml").good();
    assert!(again.stdout.starts_with("No changes"), "{}", again.seen());
    let said = "is of `device`, which no longer lies in a pack; left alone";
    assert!(again.stderr.contains(said), "{}", again.seen());
    // A row that is new to both gets its key as any other.
    fleet.write(
        "pki.toml",
        spec("", 4, "").replace("pack = \"sqlite\"\n", ""),
    );
    fleet.run("apply pki.toml").good();
}

#[test]
fn a_revocation_that_the_spec_forgets_is_said() {
    let revoked = "revoked = [{ item = \"2\", date = \"2026-11-26\" }]\n";
    let fleet = Fleet::of(&spec("", 3, revoked));
    fleet.run("apply pki.toml").good();
    fleet.write("pki.toml", spec("", 3, ""));
    for _ in 0..2 {
        let ran = fleet.run("apply pki.toml").good();
        assert!(
            ran.stderr
                .contains("warning[revocation-dropped]: `device-2` was revoked"),
            "{}",
            ran.seen()
        );
    }
}

/// As git does with its index: what was read and is right is not read again.
#[test]
fn a_pack_that_was_touched_is_walked_once() {
    use camino::Utf8Path;
    use pkiform::store::{Header, Owner, Pack, State};
    let fleet = Fleet::of(&spec("", 10, ""));
    fleet.run("apply pki.toml").good();
    let store = fleet.path("pki/fleet");
    let store = Utf8Path::from_path(&store).unwrap();
    let untouched = || {
        let owner = Owner {
            header: Header {
                spec: "fleet".to_owned(),
                env: None,
            },
            fleet: "device".to_owned(),
            shard: None,
        };
        let pack = Pack::open(&store.join("device.sqlite"), &owner);
        State::read(store)
            .unwrap()
            .is_untouched(&pack.unwrap().unwrap())
    };
    assert!(untouched());
    let other = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
    let file = std::fs::File::options()
        .write(true)
        .open(store.join("device.sqlite"))
        .unwrap();
    file.set_modified(other).unwrap();
    drop(file);
    assert!(!untouched());
    let ran = fleet.run("apply pki.toml").good();
    assert!(ran.stdout.starts_with("No changes"), "{}", ran.seen());
    assert!(untouched());
}

/// Who has left the spec stays in the pack, and can be taken out of it.
#[test]
fn a_member_that_left_the_spec_is_extracted() {
    let fleet = Fleet::of(&spec("", 3, ""));
    fleet.run("apply pki.toml").good();
    let rows = fleet.rows();
    fleet.write("pki.toml", spec("", 2, ""));
    fleet.run("extract device-3 --spec pki.toml").good();
    let key = std::fs::read_to_string(fleet.path("device-3/key.pem")).unwrap();
    assert_eq!(key, rows["device-3"].1);
    assert!(fleet.path("device-3/fullchain.pem").exists());
}

/// As a loose device's: what leaves the spec stays until `--prune`, and no key is lost then.
#[test]
fn the_pack_of_a_fleet_that_left_the_spec_goes_to_the_archive() {
    let tar = "pack = { format = \"tar\", count = 5 }";
    let whole = spec("", 12, "").replace("pack = \"sqlite\"", tar);
    let fleet = Fleet::of(&whole);
    fleet.run("apply pki.toml").good();
    let rows = fleet.rows();
    let gone = whole.split("[leaf.device]").next().unwrap().to_owned();
    fleet.write("pki.toml", gone);
    let ran = fleet.run("apply pki.toml").good();
    assert!(
        ran.stderr.contains("warning[orphan-pack]"),
        "{}",
        ran.seen()
    );
    assert_eq!(fleet.rows(), rows);
    insta::assert_snapshot!(
        "pruned_plan",
        fleet.run("plan pki.toml --prune").good().stdout
    );
    let ran = fleet.run("apply pki.toml --prune --yes").good();
    let place = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("archived   "))
        .unwrap();
    let database = fleet.database(place);
    let count = database.query_row("SELECT count(*) FROM members", [], |row| row.get(0));
    assert_eq!(count, Ok(12));
    drop(database);
    for file in ["device.sqlite", "device.0001.tar", "device.0003.tar"] {
        assert!(!fleet.path(&format!("pki/fleet/{file}")).exists(), "{file}");
    }
    let again = fleet.run("apply pki.toml --prune").good();
    assert!(again.stdout.starts_with("No changes"), "{}", again.seen());
    assert_eq!(again.stderr, "");
    fleet.run("verify pki.toml").good();
}

/// Files that a fleet had before it was packed are left alone, and stand in nobody's way.
#[test]
fn a_fleet_that_is_packed_now_verifies() {
    let loose = spec("", 3, "").replace("pack = \"sqlite\"\n", "");
    let fleet = Fleet::of(&loose);
    fleet.run("apply pki.toml").good();
    fleet.write("pki.toml", spec("", 3, ""));
    fleet
        .run("apply pki.toml --yes --allow-key-replacement=device")
        .good();
    fleet.run("verify pki.toml").good();
    let again = fleet.run("apply pki.toml").good();
    assert!(
        again.stdout.contains("Plan: 5 unchanged."),
        "{}",
        again.seen()
    );
}

/// However many members it has.
#[test]
fn a_backup_that_was_put_back_gets_no_new_keys_unasked() {
    let text = spec("", 0, "").replace("count = 0", "for_each = \"devices.csv\"");
    let fleet = Fleet::of(&text);
    let rows = |from: usize| -> String {
        let ids: Vec<String> = (from..from + 5).map(|id| id.to_string()).collect();
        format!("id\n{}\n", ids.join("\n"))
    };
    fleet.write("devices.csv", rows(1));
    fleet.run("apply pki.toml").good();
    let file = fleet.path("pki/fleet/device.sqlite");
    std::fs::copy(&file, fleet.path("backup")).unwrap();
    fleet.write("devices.csv", rows(3));
    fleet.run("apply pki.toml --yes --prune").good();
    std::fs::copy(fleet.path("backup"), &file).unwrap();
    let ran = fleet.run("apply pki.toml --yes");
    assert_eq!(ran.code, 1, "{}", ran.seen());
    assert!(
        ran.stderr.contains("error[missing-members]"),
        "{}",
        ran.seen()
    );
}

/// What the pack has of the row in other tables stands in nobody's way.
#[test]
fn a_row_with_more_files_that_was_taken_away_comes_back() {
    let more = "outputs = [\"key\", \"cert\", \"cert-der\"]\n";
    let fleet = Fleet::of(&spec(super::support::SEEDED, 3, more));
    fleet.run("apply pki.toml").good();
    let digest = fleet.digest("pki/fleet");
    let database = fleet.database("pki/fleet/device.sqlite");
    database
        .execute("DELETE FROM members WHERE id = 'device-2'", [])
        .unwrap();
    drop(database);
    fleet.run("apply pki.toml").good();
    assert_eq!(fleet.digest("pki/fleet"), digest);
    fleet.run("verify pki.toml").good();
}
