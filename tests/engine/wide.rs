//! Every shipped spec and key algorithm, and the turns that a PKI takes more rarely.

use std::fs;

use camino::Utf8PathBuf;
use pkiform::execute;
use pkiform::hierarchy::resolve;
use pkiform::plan::{self, Allowed};
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::{State, Store};
use pkiform::verify;

use super::pki::{CHAIN, Pki};

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
        keep_going: false,
        spec: "pki.toml".into(),
        env: None,
        vars: Vec::new(),
        var_files: Vec::new(),
        out: None,
        now: pki.now,
        targets: Vec::new(),
        shard: None,
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
