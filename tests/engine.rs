//! Plan, execute and verify through the library, on real specs and a store in a temporary folder.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test looks at the disk with its own eyes, and ends where it is surprised"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pkiform::execute::{self, Outcome};
use pkiform::hierarchy::{Hierarchy, resolve};
use pkiform::plan::{self, Action, Allowed, Plan};
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::{State, Store};
use pkiform::verify::{self, Verdict};

const NOW: &str = "2026-11-25T12:00:00Z";

/// A spec and its store.
struct Pki {
    _folder: tempfile::TempDir,
    dir: Utf8PathBuf,
    now: Timestamp,
    options: plan::Options,
}

impl Pki {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(folder.path().join("store")).unwrap();
        Self {
            _folder: folder,
            dir,
            now: NOW.parse().unwrap(),
            options: plan::Options::default(),
        }
    }

    fn hierarchy(&self, spec: &str) -> Hierarchy {
        let document = Document::parse(
            Utf8Path::new("pki.toml"),
            spec,
            None,
            &VariableSources::default(),
        );
        let mut document = document.unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics));
        let spec = Spec::read(&document).unwrap_or_else(|faults| panic!("{faults:?}"));
        resolve(&spec, &mut document, self.now).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn plan(&self, spec: &str) -> Plan {
        let state = State::read(&self.dir).unwrap();
        plan::plan(&self.hierarchy(spec), &state, &self.options)
            .unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn apply(&self, spec: &str) -> Outcome {
        let hierarchy = self.hierarchy(spec);
        let mut store = Store::open(&self.dir).unwrap();
        let state = State::read(&self.dir).unwrap();
        let plan = plan::plan(&hierarchy, &state, &self.options).unwrap();
        let options = execute::Options::default();
        execute::execute(&plan, &hierarchy, &state, &mut store, &options, &mut |_| ())
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn verify(&self, spec: &str) -> Verdict {
        let state = State::read(&self.dir).unwrap();
        verify::verify(&self.hierarchy(spec), &state, &verify::Options::default())
    }

    /// Each step that changes something, as "id action: reasons".
    fn actions(&self, spec: &str) -> Vec<String> {
        let plan = self.plan(spec);
        plan.steps
            .iter()
            .filter(|step| step.action != Action::Keep)
            .map(|step| {
                let reasons: Vec<String> = step.reasons.iter().map(ToString::to_string).collect();
                format!("{} {}: {}", step.id, step.action.verb(), reasons.join("; "))
            })
            .collect()
    }

    fn words(&self, spec: &str) -> Vec<&'static str> {
        self.plan(spec)
            .needs_word()
            .iter()
            .map(|word| word.code)
            .collect()
    }

    /// Every file's content and modification time.
    fn files(&self) -> BTreeMap<Utf8PathBuf, (Vec<u8>, std::time::SystemTime)> {
        walkdir::WalkDir::new(&self.dir)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = Utf8PathBuf::from_path_buf(entry.path().to_owned()).unwrap();
                let modified = entry.metadata().unwrap().modified().unwrap();
                (path.clone(), (fs::read(path).unwrap(), modified))
            })
            .collect()
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.dir.join(path)).unwrap()
    }

    fn openssl_verify(&self, leaf: &str, root: &str, chain: &str) {
        let path = |path: &str| self.dir.join(path).into_string();
        let at: Timestamp = self.now;
        let output = Command::new("openssl")
            .args([
                "verify",
                "-x509_strict",
                "-attime",
                &at.as_second().to_string(),
            ])
            .args([
                "-CAfile",
                &path(root),
                "-untrusted",
                &path(chain),
                &path(leaf),
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

const CHAIN: &str = r#"
spec = 1
name = "test"
[defaults]
validity = "30d"
[ca.root]
subject.common_name = "Root"
[ca.mid]
issuer = "root"
depth = 2
subject.common_name = "Mid {{ level }}"
[leaf.device]
issuer = "mid"
profile = "device"
count = 3
subject.common_name = "device-{{ index }}"
outputs = ["key", "cert", "chain", "fullchain", "ca", "pkcs12"]
passphrase = { insecure_default = "1234" }
"#;

#[test]
fn a_chain_is_made_verifies_and_is_left_alone() {
    let pki = Pki::new();
    let outcome = pki.apply(CHAIN);
    assert_eq!((outcome.certificates, outcome.keys), (6, 6));
    assert_eq!(outcome.warnings.iter().count(), 1, "{:?}", outcome.warnings);
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    let before = pki.files();
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
    let again = pki.apply(CHAIN);
    assert_eq!(again.files, 0);
    assert_eq!(pki.files(), before);
    let verdict = pki.verify(CHAIN);
    assert!(verdict.checks.is_empty(), "{verdict:?}");
    assert_eq!(
        (verdict.summary.certificates, verdict.summary.pkcs12),
        (6, 3)
    );
}

#[test]
fn a_changed_subject_reissues_what_hangs_on_it_and_keeps_keys() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let changed = CHAIN.replace(
        "\"Mid {{ level }}\"",
        "\"{% if level == 1 %}New{% else %}Mid 2{% endif %}\"",
    );
    let key = pki.read("mid-1/key.pem");
    let actions = pki.actions(&changed);
    assert_eq!(actions.len(), 5, "{actions:#?}");
    assert!(
        actions[0].starts_with("mid-1 reissue: subject common_name"),
        "{actions:#?}"
    );
    assert_eq!(actions[1], "mid-2 reissue: its issuer's name changes");
    assert!(
        actions[2].starts_with("device-1 repackage: a certificate of its chain changes"),
        "{actions:#?}"
    );
    let cert = pki.read("device-1/cert.pem");
    pki.apply(&changed);
    assert_eq!(pki.read("device-1/cert.pem"), cert);
    assert_eq!(pki.read("mid-1/key.pem"), key);
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    assert!(pki.verify(&changed).is_good(), "{:?}", pki.verify(&changed));
}

#[test]
fn another_key_needs_a_word_and_the_old_one_is_archived() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let changed = CHAIN.replace("[ca.root]", "[ca.root]\nkey = \"ecdsa-p384\"");
    assert_eq!(pki.words(&changed), ["key-replacement"]);
    let old = pki.read("root/key.pem");
    pki.options.allow_key_replacement = Allowed::All;
    let outcome = pki.apply(&changed);
    assert_eq!(outcome.archived.len(), 1);
    assert_eq!(fs::read(pki.dir.join(&outcome.archived[0])).unwrap(), old);
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
    assert!(pki.verify(&changed).is_good(), "{:?}", pki.verify(&changed));
}

#[test]
fn files_that_are_missing_or_edited_are_mended() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    fs::remove_file(pki.dir.join("device-1/fullchain.pem")).unwrap();
    fs::write(pki.dir.join("device-2/chain.pem"), "x").unwrap();
    fs::remove_file(pki.dir.join("device-3/cert.pem")).unwrap();
    assert!(!pki.verify(CHAIN).is_good());
    let actions = pki.actions(CHAIN);
    assert_eq!(
        actions,
        [
            "device-1 repackage: device-1/fullchain.pem is missing",
            "device-2 repackage: device-2/chain.pem was changed by hand",
            // Its full chain holds it still.
            "device-3 repackage: device-3/cert.pem is missing",
        ]
    );
    pki.apply(CHAIN);
    assert!(
        pki.verify(CHAIN).checks.is_empty(),
        "{:?}",
        pki.verify(CHAIN)
    );
}

#[test]
fn a_certificate_put_in_anothers_place_is_seen() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    fs::copy(
        pki.dir.join("device-1/cert.pem"),
        pki.dir.join("device-2/cert.pem"),
    )
    .unwrap();
    let verdict = pki.verify(CHAIN);
    assert!(
        verdict
            .checks
            .iter()
            .any(|check| check.message.contains("changed by hand")),
        "{verdict:?}"
    );
    let actions = pki.actions(CHAIN);
    assert_eq!(actions.len(), 1);
    assert!(
        actions[0].starts_with("device-2 reissue: device-2/cert.pem was changed by hand"),
        "{actions:?}"
    );
    pki.apply(CHAIN);
    assert!(pki.verify(CHAIN).is_good());
}

#[test]
fn a_missing_key_is_told_and_made_only_by_word() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    fs::remove_file(pki.dir.join("device-1/key.pem")).unwrap();
    assert_eq!(pki.words(CHAIN), ["missing-key"]);
    pki.options.allow_key_replacement = Allowed::Only(["device-1".to_owned()].into());
    assert_eq!(
        pki.actions(CHAIN),
        ["device-1 rekey: its private key device-1/key.pem is missing"]
    );
    pki.apply(CHAIN);
    assert!(pki.verify(CHAIN).checks.is_empty());
}

#[test]
fn a_lost_lock_is_made_again_from_the_files() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let cert = pki.read("device-1/cert.pem");
    fs::remove_file(pki.dir.join("pkiform.lock")).unwrap();
    let plan = pki.plan(CHAIN);
    assert!(
        plan.steps.iter().all(|step| !step.action.issues()),
        "{:#?}",
        pki.actions(CHAIN)
    );
    pki.apply(CHAIN);
    assert_eq!(pki.read("device-1/cert.pem"), cert);
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
}

#[test]
fn what_ends_soon_is_renewed_over_the_same_key() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let key = pki.read("root/key.pem");
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    let plan = pki.plan(CHAIN);
    assert!(
        plan.steps.iter().all(|step| step.action == Action::Renew),
        "{:#?}",
        pki.actions(CHAIN)
    );
    pki.apply(CHAIN);
    assert_eq!(pki.read("root/key.pem"), key);
    assert_eq!(pki.actions(CHAIN), Vec::<String>::new());
    pki.openssl_verify("device-2/cert.pem", "root/cert.pem", "device-2/chain.pem");
}

#[test]
fn a_renewed_issuer_leaves_what_it_issued_alone() {
    let spec = CHAIN
        .replace("[ca.root]", "[ca.root]\nvalidity = \"90d\"")
        .replace("depth = 2", "depth = 2\nvalidity = \"60d\"");
    let mut pki = Pki::new();
    pki.apply(&spec);
    // Now the devices are due, and their issuers are not.
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    let actions = pki.actions(&spec);
    assert_eq!(actions.len(), 3, "{actions:#?}");
    pki.apply(&spec);
    // Now the intermediates are due, and the devices are not.
    pki.now = "2027-01-05T00:00:00Z".parse().unwrap();
    let actions = pki.actions(&spec);
    assert!(actions[0].starts_with("mid-1 renew"), "{actions:#?}");
    assert!(actions[1].starts_with("mid-2 renew"), "{actions:#?}");
    assert!(actions[2].starts_with("device-1 repackage"), "{actions:#?}");
}

#[test]
fn what_left_the_spec_is_left_alone_until_pruned() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let fewer = CHAIN.replace("count = 3", "count = 2");
    let plan = pki.plan(&fewer);
    assert!(plan.is_empty());
    assert_eq!(plan.orphans[0].id, "device-3");
    pki.apply(&fewer);
    assert!(pki.dir.join("device-3/key.pem").exists());
    pki.options.prune = true;
    let outcome = pki.apply(&fewer);
    assert!(!pki.dir.join("device-3/key.pem").exists());
    assert!(!outcome.archived.is_empty());
    assert!(pki.plan(&fewer).orphans.is_empty());
}

#[test]
fn outputs_and_lifetimes_change_what_they_concern() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let added = CHAIN.replace("\"ca\", ", "\"ca\", \"cert-der\", ");
    let actions = pki.actions(&added);
    assert_eq!(actions.len(), 3);
    assert_eq!(actions[0], "device-1 repackage: device-1/cert.der is added");
    let shorter = CHAIN.replace("count = 3", "count = 3\nvalidity = \"20d\"");
    let actions = pki.actions(&shorter);
    assert_eq!(actions[0], "device-1 reissue: validity 30d -> 20d");
    let alias = CHAIN.replace("count = 3", "count = 3\nrenew_before = \"5d\"");
    assert_eq!(pki.actions(&alias), Vec::<String>::new());
}

#[test]
fn threads_do_not_change_the_outcome_and_targets_narrow() {
    let mut pki = Pki::new();
    pki.options.targets = vec!["device-2".to_owned()];
    let plan = pki.plan(CHAIN);
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["root", "mid-1", "mid-2", "device-2"]);
    pki.options.targets = vec!["devise".to_owned()];
    let state = State::read(&pki.dir).unwrap();
    let error = plan::plan(&pki.hierarchy(CHAIN), &state, &pki.options).unwrap_err();
    assert_eq!(error.iter().next().unwrap().code, "unknown-target");
}

#[test]
fn every_shipped_spec_is_applied_verifies_and_is_left_alone() {
    for entry in fs::read_dir("specs").unwrap() {
        let path = Utf8PathBuf::from_path_buf(entry.unwrap().path()).unwrap();
        if path.extension() != Some("toml") {
            continue;
        }
        let env = path.as_str().contains("environments").then_some("dev");
        let pki = Pki::new();
        let mut document = Document::load(&path, env, &VariableSources::default())
            .unwrap_or_else(|failure| panic!("{path}: {:?}", failure.diagnostics));
        let spec = Spec::read(&document).unwrap();
        let hierarchy = resolve(&spec, &mut document, pki.now).unwrap();
        let apply = || {
            let mut store = Store::open(&pki.dir).unwrap();
            let state = State::read(&pki.dir).unwrap();
            let plan = plan::plan(&hierarchy, &state, &pki.options).unwrap();
            let options = execute::Options::default();
            execute::execute(&plan, &hierarchy, &state, &mut store, &options, &mut |_| ())
                .unwrap_or_else(|error| panic!("{path}: {error:?}"))
        };
        apply();
        let before = pki.files();
        let again = apply();
        assert_eq!((again.files, again.made.len()), (0, 0), "{path}: {again:?}");
        assert_eq!(pki.files(), before, "{path}");
        let state = State::read(&pki.dir).unwrap();
        let verdict = verify::verify(&hierarchy, &state, &verify::Options::default());
        assert!(verdict.checks.is_empty(), "{path}: {verdict:?}");
    }
}

#[test]
fn every_key_algorithm_issues_and_verifies() {
    let algorithms = [
        "rsa-2048",
        "ecdsa-p256",
        "ecdsa-p384",
        "ecdsa-p521",
        "ed25519",
        "ed448",
        "ml-dsa-44",
        "ml-dsa-65",
        "ml-dsa-87",
    ];
    for algorithm in algorithms {
        let pki = Pki::new();
        let mut spec = CHAIN.replace("[defaults]", &format!("[defaults]\nkey = \"{algorithm}\""));
        if algorithm.starts_with("ml-dsa") {
            spec = spec.replace(", \"pkcs12\"]", "]");
        }
        pki.apply(&spec);
        assert_eq!(pki.actions(&spec), Vec::<String>::new(), "{algorithm}");
        assert!(
            pki.verify(&spec).checks.is_empty(),
            "{algorithm}: {:?}",
            pki.verify(&spec)
        );
    }
}

#[test]
fn encrypted_keys_are_opened_where_they_are_needed() {
    let spec = CHAIN.replace(
        "[ca.root]",
        "[ca.root]\nkey_encryption = { passphrase = { insecure_default = \"root\" } }",
    );
    let pki = Pki::new();
    pki.apply(&spec);
    assert!(
        String::from_utf8(pki.read("root/key.pem"))
            .unwrap()
            .contains("ENCRYPTED")
    );
    assert_eq!(pki.actions(&spec), Vec::<String>::new());
    let changed = spec.replace("Mid {{ level }}", "Other {{ level }}");
    pki.apply(&changed);
    let verdict = pki.verify(&changed);
    assert!(verdict.checks.is_empty(), "{verdict:?}");
    assert_eq!(verdict.summary.untried, 0);
    // Taking the encryption away writes the same key anew.
    assert!(
        pki.actions(&CHAIN.replace("Mid {{ level }}", "Other {{ level }}"))[0]
            .starts_with("root repackage: the encryption of root/key.pem changes")
    );
}

#[test]
fn an_external_ca_issues_and_is_never_written() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let spec = format!(
        r#"
spec = 1
name = "below"
[ca.corp]
external = {{ cert = "file:{0}/mid-1/cert.pem", key = "file:{0}/mid-1/key.pem" }}
[leaf.www]
issuer = "corp"
profile = "tls-server"
validity = "10d"
san = ["www.example.com"]
subject.common_name = "www"
"#,
        pki.dir
    );
    let below = Pki::new();
    below.apply(&spec);
    assert!(!below.dir.join("corp").exists());
    assert!(
        below.verify(&spec).checks.is_empty(),
        "{:?}",
        below.verify(&spec)
    );
    assert_eq!(below.actions(&spec), Vec::<String>::new());
}

#[test]
fn an_end_past_the_issuers_is_cut_and_stays() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let never = CHAIN
        .replace("[ca.mid]", "[ca.mid]\nrenew = \"never\"")
        .replace("[ca.root]", "[ca.root]\nrenew = \"never\"");
    pki.now = "2026-12-05T00:00:00Z".parse().unwrap();
    let changed = never.replace("device-{{ index }}", "thing-{{ index }}");
    let plan = pki.plan(&changed);
    let device = plan
        .steps
        .iter()
        .find(|step| step.id == "device-1")
        .unwrap();
    assert!(device.cut);
    assert_eq!(
        device.not_after,
        Some("2026-12-25T12:00:00Z".parse().unwrap())
    );
    pki.apply(&changed);
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    let plan = pki.plan(&changed);
    assert!(plan.is_empty());
    assert!(
        plan.warnings
            .iter()
            .any(|warning| warning.code == "cannot-renew")
    );
}

#[test]
fn a_saved_plan_is_refused_when_the_world_moves() {
    let pki = Pki::new();
    let inputs = plan::Inputs {
        spec: "pki.toml".into(),
        env: None,
        vars: Vec::new(),
        var_files: Vec::new(),
        out: None,
        now: pki.now,
        targets: Vec::new(),
        prune: false,
        repackage: Vec::new(),
        allow_key_replacement: None,
    };
    let saved = plan::SavedPlan::new(inputs, pki.plan(CHAIN))
        .to_json()
        .unwrap();
    let saved = plan::SavedPlan::from_json(&saved).unwrap();
    saved.check(&pki.plan(CHAIN)).unwrap();
    let other = CHAIN.replace("Root", "Ruth");
    assert_eq!(
        saved.check(&pki.plan(&other)).unwrap_err().code,
        "stale-plan"
    );
    pki.apply(CHAIN);
    assert_eq!(
        saved.check(&pki.plan(CHAIN)).unwrap_err().code,
        "stale-plan"
    );
}

#[test]
fn a_run_that_died_before_its_lock_issues_nothing_twice() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    let lock = pki.read("pkiform.lock");
    let changed = CHAIN
        .replace("Mid {{ level }}", "Other {{ level }}")
        .replace("[leaf.device]", "[leaf.device]\ngeneration = 2");
    pki.options.allow_key_replacement = Allowed::All;
    pki.apply(&changed);
    let certificates =
        ["mid-1/cert.pem", "mid-2/cert.pem", "device-1/cert.pem"].map(|path| pki.read(path));
    fs::write(pki.dir.join("pkiform.lock"), lock).unwrap();
    let plan = pki.plan(&changed);
    assert!(
        plan.steps.iter().all(|step| !step.action.issues()),
        "{:#?}",
        pki.actions(&changed)
    );
    pki.apply(&changed);
    assert_eq!(
        ["mid-1/cert.pem", "mid-2/cert.pem", "device-1/cert.pem"].map(|path| pki.read(path)),
        certificates
    );
    assert_eq!(pki.actions(&changed), Vec::<String>::new());
}

#[test]
fn a_handed_out_key_is_no_drift_and_its_certificate_is_renewed_over_it() {
    let spec = CHAIN
        .replace("count = 3", "count = 3\nkeep_key = false")
        .replace(
            ", \"pkcs12\"]\npassphrase = { insecure_default = \"1234\" }",
            "]",
        );
    let mut pki = Pki::new();
    pki.apply(&spec);
    fs::remove_file(pki.dir.join("device-1/key.pem")).unwrap();
    assert_eq!(pki.actions(&spec), Vec::<String>::new());
    assert!(pki.words(&spec).is_empty());
    assert!(pki.verify(&spec).checks.is_empty());
    pki.now = "2026-12-20T00:00:00Z".parse().unwrap();
    pki.apply(&spec);
    assert!(!pki.dir.join("device-1/key.pem").exists());
    assert_eq!(pki.actions(&spec), Vec::<String>::new());
    assert!(pki.verify(&spec).checks.is_empty());
}

#[test]
fn a_deleted_root_is_not_no_change() {
    let mut pki = Pki::new();
    pki.apply(CHAIN);
    fs::remove_dir_all(pki.dir.join("root")).unwrap();
    assert_eq!(pki.words(CHAIN), ["missing-key"]);
    assert!(!pki.verify(CHAIN).is_good());
    pki.options.allow_key_replacement = Allowed::Only(["root".to_owned()].into());
    let actions = pki.actions(CHAIN);
    assert!(actions[0].starts_with("root rekey"), "{actions:#?}");
    assert_eq!(actions[1], "mid-1 reissue: its issuer's key changes");
    pki.apply(CHAIN);
    assert!(pki.verify(CHAIN).checks.is_empty());
}

#[test]
fn a_key_of_too_wide_a_mode_is_mended() {
    use std::os::unix::fs::PermissionsExt;
    let pki = Pki::new();
    pki.apply(CHAIN);
    let key = pki.dir.join("root/key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(!pki.verify(CHAIN).is_good());
    assert_eq!(
        pki.actions(CHAIN),
        ["root repackage: mode of root/key.pem 0644 -> 0600"]
    );
    pki.apply(CHAIN);
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_serial_that_was_given_twice_is_seen() {
    let pki = Pki::new();
    pki.apply(CHAIN);
    let lines = String::from_utf8(pki.read("pkiform.ledger")).unwrap();
    let field = |line: &str, name: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value[name].as_str().unwrap().to_owned()
    };
    let of = |id: &str| lines.lines().find(|line| field(line, "id") == id).unwrap();
    let (one, two) = (
        field(of("device-1"), "serial"),
        field(of("device-2"), "serial"),
    );
    fs::write(pki.dir.join("pkiform.ledger"), lines.replace(&two, &one)).unwrap();
    let verdict = pki.verify(CHAIN);
    assert!(
        verdict.checks.iter().any(|check| check.code == "serial"),
        "{verdict:?}"
    );
    assert!(!verdict.is_good());
}
