//! Invariant 2: a change reaches everything below it, and nothing else; and what certyaml got wrong when measured.

use std::collections::BTreeMap;
use std::fs;

use der::DecodePem;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectAltName;

use crate::support::Pki;

/// Two branches below one root; in the first a CA below a CA.
const SPEC: &str = r#"
spec = 1
[ca.root]
subject.common_name = "Root"
[ca.north]
issuer = "root"
subject.common_name = "North"
path_length = 1
[ca.inner]
issuer = "north"
subject.common_name = "Inner"
[leaf.www]
issuer = "inner"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com"]
[ca.south]
issuer = "root"
subject.common_name = "South"
[leaf.db]
issuer = "south"
profile = "tls-server"
subject.common_name = "db.example.com"
san = ["db.example.com"]
"#;

fn steps(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected
        .iter()
        .map(|(id, action)| ((*id).to_owned(), (*action).to_owned()))
        .collect()
}

fn serial(pki: &Pki, id: &str) -> String {
    let pem = pki.read(&format!("{id}/cert.pem"));
    Certificate::from_pem(&pem)
        .unwrap()
        .tbs_certificate()
        .serial_number()
        .to_string()
}

#[test]
fn a_subject_reaches_those_it_issued_and_their_chains_alone() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    pki.edit("common_name = \"North\"", "common_name = \"Contoso North\"");
    let expected = steps(&[
        ("north", "reissue"),
        ("inner", "reissue"),
        ("www", "repackage"),
    ]);
    assert_eq!(pki.steps(), expected);
    pki.apply().succeeds();
    let after = pki.files();
    let changed: Vec<&String> = after
        .keys()
        .filter(|name| before.get(*name) != after.get(*name))
        .collect();
    let expected = [
        ".pkiform-cache",
        "inner/cert.pem",
        "north/cert.pem",
        "pkiform.ledger",
        "pkiform.lock",
        "www/chain.pem",
        "www/fullchain.pem",
    ];
    assert_eq!(changed, expected);
    pki.verify().succeeds();
    pki.apply().succeeds().says("No changes");
}

/// A change of one piece of the spec, and the artifacts that it touches: no other may change.
struct Reach {
    change: &'static str,
    from: &'static str,
    to: &'static str,
    files: &'static [&'static str],
}

const REACHES: &[Reach] = &[
    Reach {
        change: "words that mean nothing",
        from: "[ca.root]",
        to: "# the top\n[ca . root]",
        files: &[],
    },
    Reach {
        change: "an extension of a CA",
        from: "common_name = \"Inner\"",
        to: "common_name = \"Inner\"\nextensions.certificate_policies = [\"2.5.29.32.0\"]",
        files: &["inner/cert.pem", "www/chain.pem", "www/fullchain.pem"],
    },
    Reach {
        change: "an extension of a CA whose serial is named below",
        from: "common_name = \"South\"",
        to: "common_name = \"South\"\nextensions.certificate_policies = [\"2.5.29.32.0\"]",
        files: &[
            "db/cert.pem",
            "db/chain.pem",
            "db/fullchain.pem",
            "south/cert.pem",
        ],
    },
    Reach {
        change: "the root's path length",
        from: "common_name = \"Root\"",
        to: "common_name = \"Root\"\npath_length = 4",
        files: &["root/cert.pem"],
    },
    Reach {
        change: "a leaf's lifetime",
        from: "san = [\"www.example.com\"]",
        to: "san = [\"www.example.com\"]\nvalidity = \"20d\"",
        files: &["www/cert.pem", "www/fullchain.pem"],
    },
    Reach {
        change: "one more output",
        from: "san = [\"db.example.com\"]",
        to: "san = [\"db.example.com\"]\noutputs = [\"key\", \"cert\", \"chain\", \"fullchain\", \"ca\"]",
        files: &["db/ca.pem"],
    },
    Reach {
        change: "the key of a CA",
        from: "common_name = \"South\"",
        to: "common_name = \"South\"\nkey = \"ecdsa-p384\"",
        files: &[
            "db/cert.pem",
            "db/chain.pem",
            "db/fullchain.pem",
            "south/cert.pem",
            "south/key.pem",
        ],
    },
    Reach {
        change: "another issuer",
        from: "issuer = \"inner\"",
        to: "issuer = \"north\"",
        files: &["www/cert.pem", "www/chain.pem", "www/fullchain.pem"],
    },
    Reach {
        change: "a profile of the user's that two leaves share",
        from: "extended_key_usage = [\"server-auth\"]",
        to: "extended_key_usage = [\"server-auth\", \"client-auth\"]",
        files: &[
            "db/cert.pem",
            "db/fullchain.pem",
            "www/cert.pem",
            "www/fullchain.pem",
        ],
    },
];

#[test]
fn each_change_touches_what_hangs_on_it_and_no_other_file() {
    let spec = SPEC
        .replace("profile = \"tls-server\"", "profile = \"ours\"")
        .replace(
            "issuer = \"south\"",
            "issuer = \"south\"\nextensions.authority_key_identifier = \"key-id-and-issuer-serial\"",
        )
        + "[profile.ours]\nextends = \"tls-server\"\nextensions.extended_key_usage = [\"server-auth\"]\n";
    for reach in REACHES {
        let pki = Pki::new(&spec);
        pki.apply().succeeds();
        let before = pki.files();
        pki.edit(reach.from, reach.to);
        pki.run("apply", &["--allow-key-replacement"]).succeeds();
        let after = pki.files();
        let changed: Vec<&String> = after
            .keys()
            .filter(|name| !name.starts_with('.') && !name.starts_with("pkiform."))
            .filter(|name| before.get(*name) != after.get(*name))
            .collect();
        assert_eq!(changed, reach.files, "{}", reach.change);
        assert!(
            before.keys().all(|name| after.contains_key(name)),
            "{}",
            reach.change
        );
        pki.verify().succeeds();
        pki.apply().succeeds().says("No changes");
    }
}

#[test]
fn a_new_key_reaches_those_it_issued() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki.edit(
        "common_name = \"Inner\"",
        "common_name = \"Inner\"\nkey = \"ecdsa-p384\"",
    );
    pki.run("apply", &["--allow-key-replacement=inner"])
        .succeeds();
    pki.verify().succeeds();
    pki.apply().succeeds().says("No changes");
}

#[test]
fn a_root_renewed_leaves_what_is_below_alone() {
    let pki = Pki::new(SPEC).now("2026-01-01T00:00:00Z");
    pki.apply().succeeds();
    let before = (serial(&pki, "root"), serial(&pki, "north"));
    let plan = pki.run(
        "plan",
        &[
            "--json",
            "--now",
            "2034-01-01T00:00:00Z",
            "--target",
            "root",
        ],
    );
    assert!(plan.succeeds().stdout.contains("\"renew\""));
    pki.run(
        "apply",
        &["--now", "2034-01-01T00:00:00Z", "--target", "root"],
    )
    .succeeds();
    assert_ne!(serial(&pki, "root"), before.0);
    assert_eq!(serial(&pki, "north"), before.1);
}

#[test]
fn a_changed_san_is_in_the_certificate() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki.edit(
        "san = [\"www.example.com\"]",
        "san = [\"www.example.com\", \"new.example.com\"]",
    );
    assert_eq!(pki.steps(), steps(&[("www", "reissue")]));
    pki.apply().succeeds();
    let certificate = Certificate::from_pem(pki.read("www/cert.pem")).unwrap();
    let names = certificate
        .tbs_certificate()
        .get_extension::<SubjectAltName>()
        .unwrap();
    assert!(format!("{names:?}").contains("new.example.com"));
}

#[test]
fn a_deleted_root_is_made_again_over_its_key_and_what_is_below_still_verifies() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    fs::remove_file(pki.path("root/cert.pem")).unwrap();
    assert!(pki.steps().contains_key("root"));
    pki.apply().succeeds();
    pki.verify().succeeds();
}

#[test]
fn an_expired_certificate_is_renewed() {
    let pki = Pki::new(SPEC).now("2026-01-01T00:00:00Z");
    pki.apply().succeeds();
    let later = ["--json", "--now", "2026-06-01T00:00:00Z"];
    let plan = pki.run("plan", &later).succeeds().stdout;
    assert_eq!(plan.matches("\"action\": \"renew\"").count(), 2, "{plan}");
    pki.run("verify", &["--now", "2026-06-01T00:00:00Z"])
        .exits(4);
}

#[test]
fn what_leaves_the_spec_is_named_and_left_alone_until_it_is_pruned() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    let at = SPEC.find("[leaf.db]").unwrap();
    pki.edit(SPEC.get(at..).unwrap(), "");
    pki.apply().succeeds().says("db");
    let after = pki.files();
    assert_eq!(before.get("db/key.pem"), after.get("db/key.pem"));
    assert_eq!(before.get("db/cert.pem"), after.get("db/cert.pem"));
    pki.run("apply", &["--prune"]).succeeds();
    assert!(!pki.path("db/cert.pem").exists());
    let archived = pki.files();
    let key = before.get("db/key.pem").unwrap();
    let kept = archived
        .iter()
        .any(|(name, facts)| name.starts_with(".archive/db/") && facts.digest == key.digest);
    assert!(kept, "the key of what was pruned is not in the archive");
}

#[test]
fn a_file_edited_by_hand_is_written_again() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.read("www/fullchain.pem");
    fs::write(pki.path("www/fullchain.pem"), "not a chain").unwrap();
    pki.verify().exits(4);
    assert_eq!(pki.steps(), steps(&[("www", "repackage")]));
    pki.apply().succeeds();
    assert_eq!(pki.read("www/fullchain.pem"), before);
}
