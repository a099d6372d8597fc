//! What a pack gives is judged by others: OpenSSL on files taken out, and by the view that any SQLite reads.

use std::process::Command;

use super::support::{Fleet, spec};

#[test]
fn a_member_taken_out_passes_openssl_and_is_private() {
    let fleet = Fleet::of(&spec("", 30, ""));
    fleet.run("apply pki.toml").good();
    let taken = fleet.run("extract device-17 --spec pki.toml").good();
    assert_eq!(
        taken.stdout,
        "device-17 in device-17/: ca.pem, cert.pem, chain.pem, fullchain.pem, key.pem\n"
    );
    let verified = Command::new("openssl")
        .current_dir(fleet.path("device-17"))
        .args([
            "verify",
            "-attime",
            "1795608000",
            "-x509_strict",
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "chain.pem",
            "cert.pem",
        ])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
    let key = fleet.path("device-17/key.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |file: &std::path::Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key), 0o600);
        assert_eq!(mode(&fleet.path("pki/fleet/device.sqlite")), 0o600);
    }
    let public = |arguments: &[&str]| {
        let output = Command::new("openssl")
            .current_dir(fleet.path("device-17"))
            .args(arguments)
            .output();
        output.unwrap().stdout
    };
    let of_key = public(&["pkey", "-in", "key.pem", "-pubout"]);
    assert!(!of_key.is_empty());
    assert_eq!(
        of_key,
        public(&["x509", "-in", "cert.pem", "-noout", "-pubkey"])
    );
    let again = fleet.run("extract device-17 --spec pki.toml");
    assert_eq!(again.code, 1, "nothing is overwritten");
    let unknown = fleet.run("extract device-31 --spec pki.toml");
    insta::assert_snapshot!("unknown", unknown.stderr);
}

#[test]
fn the_view_and_the_columns_say_what_the_certificates_say() {
    let fleet = Fleet::of(&spec("", 30, ""));
    fleet.run("apply pki.toml").good();
    let database = fleet.database("pki/fleet/device.sqlite");
    let (fullchain, serial, sha1, sha256): (String, String, String, String) = database
        .query_row(
            "SELECT fullchain, serial, sha1, sha256 FROM bundles WHERE id = 'device-5'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    fleet.write("full.pem", &fullchain);
    let said = |what: &[&str]| {
        let output = Command::new("openssl")
            .args(["x509", "-noout", "-in"])
            .arg(fleet.path("full.pem"))
            .args(what)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim()
            .rsplit('=')
            .next()
            .unwrap()
            .replace(':', "")
            .to_lowercase()
    };
    assert_eq!(said(&["-serial"]), serial);
    assert_eq!(said(&["-fingerprint", "-sha1"]), sha1);
    assert_eq!(said(&["-fingerprint", "-sha256"]), sha256);
    assert_eq!(fullchain.matches("BEGIN CERTIFICATE").count(), 2);
}

/// A later run takes a pack as it finds it: what another program wrote there is still seen.
#[test]
fn what_a_pack_says_wrongly_of_a_certificate_is_found() {
    for (edit, said) in [
        (
            "UPDATE members SET serial = '0a' WHERE id = 'device-2'",
            "device-2  the store says that its serial is 0a, the certificate ",
        ),
        (
            "UPDATE members SET sha1 = '0a', sha256 = '0b' WHERE id <> 'device-1'",
            "device-2  the thumbprints of it and 1 more in the pack are not the certificate's",
        ),
    ] {
        let fleet = Fleet::of(&spec("", 3, ""));
        fleet.run("apply pki.toml").good();
        let database = fleet.database("pki/fleet/device.sqlite");
        database.execute(edit, []).unwrap();
        drop(database);
        fleet.write("pki.toml", spec("", 4, ""));
        fleet.run("apply pki.toml --yes").good();
        found(&fleet, said);
    }
}

#[test]
fn moments_and_chains_that_another_program_wrote_are_found() {
    for (edit, said) in [
        // As long as before, so that nothing is to be issued anew.
        (
            "UPDATE members SET not_before = '2027-11-25T12:00:00Z', not_after = '2028-11-24T12:00:00Z' \
             WHERE id = 'device-2'",
            "device-2  the store says that its not-after is 2028-11-24T12:00:00Z, the certificate ",
        ),
        (
            "UPDATE chains SET chain = ''",
            "issuing  its chain in the pack of `device` is another",
        ),
    ] {
        let fleet = Fleet::of(&spec("", 3, ""));
        fleet.run("apply pki.toml").good();
        let database = fleet.database("pki/fleet/device.sqlite");
        database.execute(edit, []).unwrap();
        drop(database);
        found(&fleet, said);
    }
}

/// Verification fails and says this.
fn found(fleet: &Fleet, said: &str) {
    let ran = fleet.run("verify pki.toml");
    assert_eq!(ran.code, 4, "{}", ran.seen());
    assert!(ran.stdout.contains(said), "{}", ran.seen());
}

#[test]
fn a_member_is_shown_as_any_entity() {
    let fleet = Fleet::of(&spec(super::support::SEEDED, 30, ""));
    fleet.run("apply pki.toml").good();
    insta::assert_snapshot!(
        "shown",
        fleet.run("show device-3 --spec pki.toml").good().stdout
    );
}

#[test]
fn a_packed_fleet_is_enrolled_as_loose_devices_are() {
    let targets = "[target.azure-iot-hub]\nname = \"contoso\"\n[target.aws-iot]\nregion = \"eu-west-1\"\npolicy = \"p\"\n";
    let device =
        "san = [\"{{ id }}.example.com\"]\nrevoked = [{ item = \"3\", date = \"2026-11-26\" }]\n";
    let head = format!("{}\n{targets}", super::support::SEEDED);
    let packed = spec(&head, 5, device).replace("tls-client", "device");
    let loose = packed.replace("pack = \"sqlite\"\n", "");
    let files = |text: &str| {
        let fleet = Fleet::of(text);
        fleet.run("apply pki.toml").good();
        for cloud in ["azure-iot-hub", "aws-iot"] {
            fleet.run(&format!("enroll {cloud} pki.toml")).good();
        }
        let read = |file: &str| {
            std::fs::read_to_string(fleet.path(&format!("pki/fleet/.enroll/{file}"))).unwrap()
        };
        let script = read("aws-iot/enroll.sh");
        for id in ["device-1", "device-5"] {
            assert!(script.contains(id), "{script}");
        }
        (
            read("azure-iot-hub/import-devices.txt"),
            read("aws-iot/bulk-parameters.txt"),
        )
    };
    assert_eq!(files(&packed), files(&loose));
}

#[test]
fn archives_have_a_folder_for_each_member_and_follow_the_database() {
    let device = "outputs = [\"key\", \"cert\", \"fullchain\", \"ca\", \"connection\"]\nconnect_to = \"hub.example.com\"\n";
    let text = spec("", 25, device).replace(
        "pack = \"sqlite\"",
        "pack = { format = \"tar\", count = 10 }",
    );
    let fleet = Fleet::of(&text);
    fleet.run("apply pki.toml").good();
    let archive =
        |number: u32, ending: &str| fleet.path(&format!("pki/fleet/device.{number:04}.{ending}"));
    let listed = |tool: &str, arguments: &[&str], file: &std::path::Path| {
        let output = Command::new(tool)
            .args(arguments)
            .arg(file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let names = listed("tar", &["-tf"], &archive(3, "tar"));
    assert_eq!(names.lines().count(), 5 * 6, "{names}");
    let taken = Command::new("tar")
        .current_dir(fleet.path("."))
        .arg("-xf")
        .arg(archive(1, "tar"))
        .arg("device-7")
        .status()
        .unwrap();
    assert!(taken.success());
    let connection = std::fs::read_to_string(fleet.path("device-7/connection.json")).unwrap();
    let connection: serde_json::Value = serde_json::from_str(&connection).unwrap();
    insta::assert_json_snapshot!("connection", connection);
    let key = std::fs::metadata(fleet.path("device-7/key.pem")).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&key) & 0o777, 0o600);
    let verified = Command::new("openssl")
        .current_dir(fleet.path("device-7"))
        .args([
            "verify",
            "-attime",
            "1795608000",
            "-x509_strict",
            "-CAfile",
            "ca.pem",
            "-untrusted",
            "chain.pem",
            "cert.pem",
        ])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
    // What is gone or was touched is seen by its size, and written again.
    let whole = std::fs::read(archive(2, "tar")).unwrap();
    std::fs::write(archive(2, "tar"), &whole[..whole.len() / 2]).unwrap();
    assert!(
        fleet
            .run("plan pki.toml")
            .good()
            .stdout
            .contains("1 archive written again")
    );
    assert_eq!(fleet.run("verify pki.toml").code, 4);
    fleet.run("apply pki.toml --yes").good();
    assert_eq!(
        std::fs::read(archive(2, "tar")).unwrap(),
        whole,
        "the same bytes"
    );
    fleet.run("verify pki.toml").good();
    // Another form takes the place of the old.
    fleet.write("pki.toml", text.replace("\"tar\"", "\"zip\""));
    fleet.run("apply pki.toml --yes").good();
    assert!(!archive(1, "tar").exists());
    let script = "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()), zipfile.ZipFile(sys.argv[1]).testzip())";
    assert_eq!(
        listed("python3", &["-c", script], &archive(3, "zip")),
        "30 None\n"
    );
    let again = fleet.run("apply pki.toml").good();
    assert!(again.stdout.starts_with("No changes"), "{}", again.stdout);
}

#[test]
fn archives_stay_below_their_size_and_are_the_same_in_one_run_or_several() {
    let tar = |count: usize| {
        spec("", count, "").replace(
            "pack = \"sqlite\"",
            "pack = { format = \"tar\", mebibytes = 1 }",
        )
    };
    let fleet = Fleet::of(&tar(250));
    fleet.run("apply pki.toml").good();
    let one = Fleet::of(&tar(350));
    one.run("apply pki.toml").good();
    fleet.write("pki.toml", tar(350));
    fleet.run("apply pki.toml --yes").good();
    let volumes = |fleet: &Fleet| -> Vec<(u64, i64)> {
        let database = fleet.database("pki/fleet/device.sqlite");
        let mut query = database
            .prepare("SELECT volume, count(*) FROM members GROUP BY volume ORDER BY volume")
            .unwrap();
        let rows = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
        rows.unwrap()
            .map(|row| {
                let (volume, members) = row.unwrap();
                let file = fleet.path(&format!("pki/fleet/device.{volume:04}.tar"));
                (std::fs::metadata(file).unwrap().len(), members)
            })
            .collect()
    };
    assert_eq!(volumes(&fleet), volumes(&one));
    assert!(volumes(&one).len() > 2);
    for (size, members) in volumes(&one) {
        assert!(size <= 1024 * 1024, "{size} bytes for {members}");
    }
}

#[test]
fn an_archive_that_was_edited_is_written_again() {
    let text = spec("", 30, "").replace(
        "pack = \"sqlite\"",
        "pack = { format = \"tar\", count = 10 }",
    );
    let fleet = Fleet::of(&text);
    fleet.run("apply pki.toml").good();
    let archive = fleet.path("pki/fleet/device.0002.tar");
    let whole = std::fs::read(&archive).unwrap();
    let mut edited = whole.clone();
    edited[700] ^= 1;
    std::fs::write(&archive, &edited).unwrap();
    assert_eq!(fleet.run("verify pki.toml").code, 4);
    fleet.run("apply pki.toml").good();
    assert_eq!(std::fs::read(&archive).unwrap(), whole);
    fleet.run("verify pki.toml").good();
}

/// A run that is cut off has rows, and no archive of them yet.
#[test]
fn archives_that_were_never_written_stand_in_nobodys_way() {
    let text = |count: usize| {
        spec("", count, "").replace(
            "pack = \"sqlite\"",
            "pack = { format = \"tar\", count = 10 }",
        )
    };
    for (then, count) in [(text(5), 5), (spec("", 30, ""), 30)] {
        let fleet = Fleet::of(&text(30));
        fleet.run("apply pki.toml").good();
        let database = fleet.database("pki/fleet/device.sqlite");
        database
            .execute(
                "UPDATE volumes SET file = '', size = 0, sha256 = NULL WHERE volume > 1",
                [],
            )
            .unwrap();
        drop(database);
        for volume in [2, 3] {
            let archive = format!("pki/fleet/device.{volume:04}.tar");
            std::fs::remove_file(fleet.path(&archive)).unwrap();
        }
        fleet.write("pki.toml", then);
        fleet.run("apply pki.toml --yes --prune").good();
        assert_eq!(fleet.rows().len(), count);
        fleet.run("verify pki.toml").good();
        let again = fleet.run("apply pki.toml").good();
        assert!(again.stdout.starts_with("No changes"), "{}", again.seen());
    }
}

#[test]
fn archives_of_other_bounds_are_dealt_anew() {
    let text = |count: usize| {
        let tar = format!("pack = {{ format = \"tar\", count = {count} }}");
        spec("", 30, "").replace("pack = \"sqlite\"", &tar)
    };
    let fleet = Fleet::of(&text(30));
    fleet.run("apply pki.toml").good();
    let archives = || {
        let files = std::fs::read_dir(fleet.path("pki/fleet")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".tar")).count()
    };
    for (count, wanted) in [(10, 3), (30, 1), (7, 5)] {
        fleet.write("pki.toml", text(count));
        assert_eq!(fleet.run("check pki.toml").code, 4);
        fleet.run("apply pki.toml").good();
        assert_eq!(archives(), wanted);
        fleet.run("verify pki.toml").good();
        let again = fleet.run("apply pki.toml").good();
        assert!(again.stdout.starts_with("No changes"), "{}", again.seen());
    }
}

/// Also with all that a member can have.
#[test]
fn an_archive_with_many_outputs_stays_below_its_size() {
    let more = "outputs = [\"key\", \"cert\", \"cert-der\", \"kubernetes-secret\", \"combined\"]\n";
    let tar = "pack = { format = \"tar\", mebibytes = 1 }";
    let fleet = Fleet::of(&spec("", 150, more).replace("pack = \"sqlite\"", tar));
    fleet.run("apply pki.toml").good();
    let first = std::fs::metadata(fleet.path("pki/fleet/device.0001.tar")).unwrap();
    assert!(first.len() <= 1024 * 1024, "{}", first.len());
    assert!(fleet.path("pki/fleet/device.0002.tar").exists());
}
