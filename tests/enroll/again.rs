//! Runs of `pkiform enroll` that go on, begin anew, and find the cloud or the PKI changed.

use insta::assert_snapshot;

use super::small::{DPS, HUB, call, ran, small, verbs};

#[test]
fn what_a_cloud_refuses_twice_is_not_asked_twice() {
    let mut shell = small("aws-iot", "policy = \"devices\"", "[\"a\"]", "");
    shell.set("FAIL", "attach-thing-principal");
    shell.run(&call("aws-iot", "--run")).exits(1);
    shell.set("FAIL", "nothing");
    // The certificate is registered, and AWS knows it by its digest.
    assert_eq!(
        verbs(&ran(&shell, &call("aws-iot", "--run"))),
        [
            "describe-certificate",
            "create-thing",
            "attach-thing-principal",
            "attach-policy"
        ]
    );
}

#[test]
fn a_task_that_is_done_may_be_noted_by_hand() {
    let mut shell = small("azure-iot-hub", HUB, "[\"a\"]", "");
    shell.set("FAIL", "device-identity");
    let said = shell.run(&call("azure-iot-hub", "--run")).exits(1);
    assert_snapshot!("already-there", shell.picture(&said));
    let (_, line) = said.stderr.split_once("in a line: ").unwrap();
    let done = "pki/small/.enroll/azure-iot-hub/enroll.done";
    shell.write(done, shell.read(done) + line.lines().next().unwrap() + "\n");
    assert!(ran(&shell, &call("azure-iot-hub", "--run")).is_empty());
}

#[test]
fn another_hub_knows_nothing_yet_and_the_first_has_forgotten_nothing() {
    let shell = small(
        "azure-iot-hub",
        "name = \"{{ hub }}\"",
        "[\"a\"]",
        "[vars]\nhub = \"first\"",
    );
    let first = ran(&shell, &call("azure-iot-hub", "--run"));
    let second = ran(&shell, &call("azure-iot-hub", "--var hub=second --run"));
    assert_eq!(verbs(&first), verbs(&second));
    assert!(verbs(&second).contains(&"create".to_owned()));
    assert!(ran(&shell, &call("azure-iot-hub", "--run")).is_empty());
}

#[test]
fn devices_that_are_known_otherwise_are_updated() {
    let shell = small("azure-iot-hub", HUB, "[\"a\"]", "");
    ran(&shell, &call("azure-iot-hub", "--run"));
    let thumbprint = format!("{HUB}\nattestation = \"thumbprint\"");
    shell.edit("pki.toml", HUB, &thumbprint);
    let calls = ran(&shell, &call("azure-iot-hub", "--run"));
    assert_eq!(
        verbs(&calls),
        ["update"],
        "and no CA is uploaded: {calls:?}"
    );
    for word in ["x509_thumbprint", "--ptp", "--stp"] {
        assert!(calls[0].contains(&word.to_owned()), "{calls:?}");
    }
    shell.edit("pki.toml", &thumbprint, HUB);
    let calls = ran(&shell, &call("azure-iot-hub", "--run"));
    assert_eq!(verbs(&calls), ["update"]);
    assert!(calls[0].contains(&"x509_ca".to_owned()), "{calls:?}");
}

#[test]
fn where_files_lie_asks_for_nothing_anew() {
    let shell = small("aws-iot", "", "[\"a\"]", "");
    assert!(!ran(&shell, &call("aws-iot", "--run")).is_empty());
    let spec = shell.path("pki.toml").to_str().unwrap().to_owned();
    let again = call("aws-iot", "--run").replace("pki.toml", &spec);
    assert!(ran(&shell, &again).is_empty());
}

#[test]
fn files_are_named_where_they_are() {
    let role = "role = \"arn:aws:iam::123456789012:role/provisioning\"";
    let shell = small("aws-iot", role, "[\"a\"]", "");
    let calls = ran(&shell, &call("aws-iot", "-o out/of/way --run"));
    let files = calls.iter().flatten();
    let files: Vec<&str> = files
        .filter_map(|word| word.strip_prefix("file://"))
        .collect();
    assert!(files.contains(&"out/of/way/registration-config.json"));
    for file in files {
        assert!(shell.path(file).is_file(), "{file}");
    }
    // Another role is told to the CA that is registered.
    shell.edit("pki.toml", "role/provisioning", "role/other");
    let calls = ran(&shell, &call("aws-iot", "-o out/of/way --run"));
    assert_eq!(verbs(&calls), ["update-ca-certificate"]);
}

#[test]
fn what_is_revoked_is_barred() {
    let revoked =
        "revoked = [{ item = \"a\", reason = \"key-compromise\", date = \"2026-11-20\" }]\n";
    for (target, of_target) in [
        ("azure-iot-hub", HUB),
        ("azure-dps", DPS),
        ("aws-iot", "policy = \"devices\""),
    ] {
        let shell = small(target, of_target, "[\"a\", \"b\"]", "");
        ran(&shell, &call(target, "--run"));
        shell.edit("pki.toml", "for_each", &format!("{revoked}for_each"));
        shell.run("apply pki.toml --yes").exits(0);
        let calls = ran(&shell, &call(target, "--run"));
        let mut picture = format!("--- {target}\n");
        for call in &calls {
            picture.push_str(&call.join(" "));
            picture.push('\n');
        }
        // One that was never registered is barred from the first.
        let fresh = ran(&shell, &call(target, "--run -o fresh"));
        for call in fresh
            .iter()
            .filter(|call| call.contains(&"a".to_owned()) || call.contains(&"REVOKED".to_owned()))
        {
            picture.push_str(&call.join(" "));
            picture.push('\n');
        }
        for name in [
            "import-devices.txt",
            "enrollments.jsonl",
            "bulk-parameters.txt",
        ] {
            let path = format!("fresh/{name}");
            if shell.path(&path).is_file() {
                let text = shell.read(&path);
                let text = text.replace("\\n", "");
                picture.push_str(&hidden(&text));
            }
        }
        assert_snapshot!(format!("revoked-{target}"), hidden(&picture));
        assert!(ran(&shell, &call(target, "--run")).is_empty());
    }
}

/// A text without what differs from run to run: digests and certificates.
fn hidden(text: &str) -> String {
    let is_long = |word: &str| word.len() >= 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    text.lines()
        .map(|line| {
            let words: Vec<String> = line
                .split(' ')
                .map(|word| {
                    if is_long(word) {
                        "[SHA-256]".to_owned()
                    } else {
                        word.to_owned()
                    }
                })
                .collect();
            let line = words.join(" ");
            let mut pieces = line.split("-----BEGIN CERTIFICATE-----");
            let mut line = pieces.next().unwrap().to_owned();
            for piece in pieces {
                let (_, rest) = piece.split_once("-----END CERTIFICATE-----").unwrap();
                line.extend(["[PEM]", rest]);
            }
            line + "\n"
        })
        .collect()
}
