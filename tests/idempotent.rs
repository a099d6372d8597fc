//! Invariant 1: applied twice, the second run changes no byte and no modification time, and says so.

use crate::support::{Facts, Pki};

const SPEC: &str = r#"
spec = 1
[ca.root]
subject.common_name = "Root"
[leaf.www]
issuer = "root"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com"]
validity = "90d"
renew_before = "30d"
"#;

#[test]
fn a_second_run_changes_no_byte_and_no_time() {
    let mut specs: Vec<(String, Option<&str>)> = std::fs::read_dir("specs")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| (path.to_str().unwrap().to_owned(), None))
        .collect();
    assert!(specs.len() >= 5, "{specs:?}");
    let environments = ["dev", "staging", "prod"];
    specs.extend(environments.map(|env| ("specs/environments.toml".to_owned(), Some(env))));
    for (spec, env) in specs {
        let pki = Pki::new(&spec);
        let pki = if let Some(env) = env {
            pki.env(env)
        } else {
            pki
        };
        pki.apply().succeeds();
        let before = pki.files();
        pki.apply().succeeds().says("No changes");
        assert_eq!(pki.files(), before, "{spec} {env:?}");
        pki.verify().succeeds();
        assert_eq!(pki.files(), before, "{spec} {env:?}: verify wrote");
        pki.run("plan", &["--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn a_later_moment_changes_nothing_until_renewal_is_due() {
    let pki = Pki::new(SPEC).now("2026-01-01T00:00:00Z");
    pki.apply().succeeds();
    let before = pki.files();
    // 90 days from January 1 end on April 1; renewal is due 30 days before.
    for now in ["2026-01-02T00:00:00Z", "2026-03-01T23:59:59Z"] {
        pki.run("apply", &["--now", now])
            .succeeds()
            .says("No changes");
        assert_eq!(pki.files(), before, "{now}");
    }
    pki.run("apply", &["--now", "2026-03-03T00:00:00Z"])
        .succeeds();
    let changed = names(&before, &pki.files());
    assert_eq!(changed, ["www/cert.pem", "www/fullchain.pem"]);
}

#[test]
fn how_it_is_renewed_or_written_reissues_nothing() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let before = pki.files();
    pki.edit(
        "renew_before = \"30d\"",
        "renew_before = \"20d\"\noutputs = [\"key\", \"cert\", \"ca\"]",
    );
    pki.apply().succeeds();
    let after = pki.files();
    assert!(after.contains_key("www/ca.pem"));
    assert_eq!(before.get("www/cert.pem"), after.get("www/cert.pem"));
    assert_eq!(before.get("www/key.pem"), after.get("www/key.pem"));
    assert_eq!(before.get("root/cert.pem"), after.get("root/cert.pem"));
}

#[test]
fn a_deleted_cache_costs_a_reading_and_no_more() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    std::fs::remove_file(pki.path(".pkiform-cache")).unwrap();
    let before = pki.files();
    pki.apply().succeeds().says("No changes");
    let mut after = pki.files();
    after.remove(".pkiform-cache");
    assert_eq!(after, before);
}

#[test]
fn a_file_edited_within_its_length_and_time_is_seen() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let cert = pki.path("www/cert.pem");
    let mut octets = std::fs::read(&cert).unwrap();
    let modified = std::fs::metadata(&cert).unwrap().modified().unwrap();
    // In the middle of the second line of Base64.
    octets[120] = if octets[120] == b'A' { b'B' } else { b'A' };
    std::fs::write(&cert, &octets).unwrap();
    let file = std::fs::File::open(&cert).unwrap();
    file.set_modified(modified).unwrap();
    pki.run("plan", &["--detailed-exitcode"]).exits(3);
    pki.run("apply", &["--yes"]).succeeds();
    pki.verify().succeeds();
}

/// The artifacts that are not what they were.
fn names(
    before: &std::collections::BTreeMap<String, Facts>,
    after: &std::collections::BTreeMap<String, Facts>,
) -> Vec<String> {
    let artifact = |name: &&String| !name.starts_with('.') && !name.starts_with("pkiform.");
    let changed = after
        .iter()
        .filter(|(name, facts)| before.get(*name) != Some(facts));
    changed
        .map(|(name, _)| name)
        .filter(artifact)
        .cloned()
        .collect()
}
