//! Packs and specs that are wrong: one clear error each, and nothing is lost.

use std::fmt::Write;

use super::support::{Fleet, spec};

#[test]
fn a_pack_that_is_cut_off_held_or_none_is_said() {
    let fleet = Fleet::of(&spec("", 60, ""));
    fleet.run("apply pki.toml").good();
    let file = fleet.path("pki/fleet/device.sqlite");
    let whole = std::fs::read(&file).unwrap();
    let mut seen = String::new();
    let mut tell = |what: &str, command: &str| {
        let ran = fleet.run(command);
        assert_ne!(ran.code, 0, "{what}: {}", ran.seen());
        let _ = write!(seen, "{what}: {command}\n{}{}\n", ran.stdout, ran.stderr);
    };
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    tell("cut off", "plan pki.toml");
    tell("cut off", "verify pki.toml");
    std::fs::write(
        &file,
        "no database at all, but as long as the header of one would be",
    )
    .unwrap();
    tell("no database", "apply pki.toml");
    std::fs::write(&file, &whole).unwrap();
    let holder = fleet.database("pki/fleet/device.sqlite");
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    tell("held", "plan pki.toml --target device");
    drop(holder);
    let other = spec("", 60, "").replace("name = \"fleet\"", "name = \"other\"");
    fleet.write("other.toml", other);
    fleet.run("apply other.toml").good();
    std::fs::copy(&file, fleet.path("pki/other/device.sqlite")).unwrap();
    tell("another's", "plan other.toml");
    std::fs::remove_file(&file).unwrap();
    tell("missing", "apply pki.toml");
    insta::assert_snapshot!("damaged", seen);
    std::fs::write(&file, &whole).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fleet.run("verify pki.toml").good();
}

#[test]
fn ids_that_are_one_and_rows_that_are_wrong_name_their_lines() {
    let text = spec("", 0, "").replace("count = 0", "for_each = \"devices.csv\"");
    let fleet = Fleet::of(&text);
    let mut seen = String::new();
    for rows in ["id\na\nb\nA\na\n", "id\na\nb,c\n../x\n", "name\na\n"] {
        fleet.write("devices.csv", rows);
        let ran = fleet.run("validate pki.toml");
        assert_eq!(ran.code, 1);
        seen.push_str(&ran.stderr);
        seen.push('\n');
    }
    insta::assert_snapshot!("rows", seen);
    assert!(!fleet.path("pki").exists());
}

#[test]
fn rules_hold_for_each_member() {
    let text = spec(
        "",
        500,
        "san = [\"{{ 'bad name' if index == 400 else id }}.example.com\"]\n",
    );
    let fleet = Fleet::of(&text.replace("tls-client", "tls-server"));
    let ran = fleet.run("plan pki.toml");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("rule", ran.stderr);
}

#[test]
fn a_passphrase_that_is_not_there_writes_nothing_at_all() {
    let device =
        "outputs = [\"key\", \"cert\", \"pkcs12\"]\npassphrase = \"env:NOBODY_SETS_THIS\"\n";
    let fleet = Fleet::of(&spec("", 30, device));
    let ran = fleet.run("apply pki.toml");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("no_passphrase", ran.stderr);
    assert!(!fleet.path("pki").exists());
    let known = device.replace(
        "\"env:NOBODY_SETS_THIS\"",
        "{ insecure_default = \"1234\" }",
    );
    fleet.write("pki.toml", spec("", 30, &known));
    let ran = fleet.run("apply pki.toml").good();
    assert_eq!(
        ran.stderr.matches("insecure-default").count(),
        1,
        "{}",
        ran.stderr
    );
    fleet.run("verify pki.toml").good();
    fleet.run("extract device-3 --spec pki.toml").good();
    let opened = std::process::Command::new("openssl")
        .args(["pkcs12", "-passin", "pass:1234", "-nokeys", "-in"])
        .arg(fleet.path("device-3/device-3.p12"))
        .output()
        .unwrap();
    assert!(opened.status.success(), "{opened:?}");
}

#[test]
fn subjects_that_are_alike_are_said() {
    let text = spec("", 50, "").replace("{{ id }}", "{{ 'same' if index > 40 else id }}");
    let ran = Fleet::of(&text).run("plan pki.toml");
    insta::assert_snapshot!("same_subject", ran.stderr);
}

#[test]
fn only_a_fleet_is_packed() {
    let text = spec("", 1, "").replace("count = 1\n", "");
    let ran = Fleet::of(&text).run("validate pki.toml");
    insta::assert_snapshot!("no_fleet", ran.stderr);
}

/// In the place of its issuer a member would stand above itself.
#[test]
fn a_member_with_the_id_of_a_ca_is_refused() {
    let text =
        spec("", 0, "id = \"{{ item.id }}\"\n").replace("count = 0", "for_each = \"devices.csv\"");
    let fleet = Fleet::of(&text);
    fleet.write("devices.csv", "id\na\nissuing\n");
    for command in [
        "validate pki.toml",
        "plan pki.toml",
        "apply pki.toml --keep-going",
    ] {
        let ran = fleet.run(command);
        assert_eq!(ran.code, 1, "{}", ran.seen());
        assert!(ran.stderr.contains("error[duplicate-id]"), "{}", ran.seen());
        assert!(ran.stderr.contains("devices.csv:3:1"), "{}", ran.seen());
    }
}

/// Rows that can't be read are no new rows.
#[test]
fn a_row_whose_shape_is_gone_keeps_its_key() {
    let fleet = Fleet::of(&spec("", 3, ""));
    fleet.run("apply pki.toml").good();
    let rows = fleet.rows();
    let database = fleet.database("pki/fleet/device.sqlite");
    database
        .execute_batch(
            "PRAGMA foreign_keys = OFF; UPDATE members SET shape = 7 WHERE id = 'device-2'",
        )
        .unwrap();
    drop(database);
    for command in ["plan pki.toml", "apply pki.toml --yes", "verify pki.toml"] {
        let ran = fleet.run(command);
        assert_ne!(ran.code, 0, "{}", ran.seen());
        assert!(
            [ran.stdout, ran.stderr]
                .concat()
                .contains("there is no shape 7"),
            "{command}"
        );
    }
    assert_eq!(fleet.rows(), rows);
}

/// A pack says which archives it has, and may say anything.
#[test]
fn a_file_elsewhere_is_not_taken_away() {
    let tar = "pack = { format = \"tar\", count = 5 }";
    let fleet = Fleet::of(&spec("", 3, "").replace("pack = \"sqlite\"", tar));
    fleet.run("apply pki.toml").good();
    fleet.write("pki/outside.txt", "not the store's");
    let database = fleet.database("pki/fleet/device.sqlite");
    database
        .execute(
            "INSERT INTO volumes VALUES (9, '../outside.txt', 9, NULL)",
            [],
        )
        .unwrap();
    drop(database);
    #[cfg(unix)]
    let mode = |mode: u32| {
        let file = fleet.path("pki/outside.txt");
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    #[cfg(unix)]
    mode(0o644);
    fleet.run("apply pki.toml").good();
    let there = std::fs::metadata(fleet.path("pki/outside.txt")).unwrap();
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&there.permissions()) & 0o777,
        0o644
    );
    assert!(there.is_file());
}

/// Of a pack that is lost they may have the only copies of the keys.
#[test]
fn archives_of_a_pack_that_is_gone_are_not_overwritten() {
    let tar = "pack = { format = \"tar\", count = 5 }";
    let fleet = Fleet::of(&spec("", 3, "").replace("pack = \"sqlite\"", tar));
    fleet.run("apply pki.toml").good();
    let archive = fleet.path("pki/fleet/device.0001.tar");
    let before = std::fs::read(&archive).unwrap();
    std::fs::remove_file(fleet.path("pki/fleet/device.sqlite")).unwrap();
    let ran = fleet.run("apply pki.toml --yes --allow-key-replacement=device");
    assert_eq!(ran.code, 1, "{}", ran.seen());
    assert!(
        ran.stderr.contains("may have the only copies of its keys"),
        "{}",
        ran.seen()
    );
    assert_eq!(std::fs::read(&archive).unwrap(), before);
    std::fs::rename(&archive, fleet.path("old.tar")).unwrap();
    fleet.run("apply pki.toml --yes").good();
    fleet.run("verify pki.toml").good();
}

#[cfg(unix)]
#[test]
fn packs_and_archives_that_others_may_read_are_closed() {
    use std::os::unix::fs::PermissionsExt;
    let tar = "pack = { format = \"tar\", count = 5 }";
    let fleet = Fleet::of(&spec("", 3, "").replace("pack = \"sqlite\"", tar));
    fleet.run("apply pki.toml").good();
    for file in ["device.sqlite", "device.0001.tar"] {
        let file = fleet.path(&format!("pki/fleet/{file}"));
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
        assert_eq!(fleet.run("verify pki.toml").code, 4);
        fleet.run("apply pki.toml").good();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fleet.run("verify pki.toml").good();
    }
}
