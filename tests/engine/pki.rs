//! A spec, its store in a temporary folder, and what the library does with both.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pkiform::execute::{self, Outcome};
use pkiform::hierarchy::{Hierarchy, resolve};
use pkiform::plan::{self, Action, Plan};
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::{State, Store};
use pkiform::verify::{self, Verdict};

pub(super) const NOW: &str = "2026-11-25T12:00:00Z";

/// A spec and its store.
pub(super) struct Pki {
    _folder: tempfile::TempDir,
    pub(super) dir: Utf8PathBuf,
    pub(super) now: Timestamp,
    pub(super) options: plan::Options,
}

impl Pki {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(folder.path().join("store")).unwrap();
        Self {
            _folder: folder,
            dir,
            now: NOW.parse().unwrap(),
            options: plan::Options::default(),
        }
    }

    pub(super) fn hierarchy(&self, spec: &str) -> Hierarchy {
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

    pub(super) fn plan(&self, spec: &str) -> Plan {
        let state = State::read(&self.dir).unwrap();
        plan::plan(&self.hierarchy(spec), &state, &self.options)
            .unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    pub(super) fn apply(&self, spec: &str) -> Outcome {
        let hierarchy = self.hierarchy(spec);
        let mut store = Store::open(&self.dir).unwrap();
        let state = State::read(&self.dir).unwrap();
        let plan = plan::plan(&hierarchy, &state, &self.options).unwrap();
        let options = execute::Options::default();
        execute::execute(&plan, &hierarchy, &state, &mut store, &options, &mut |_| ())
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    pub(super) fn verify(&self, spec: &str) -> Verdict {
        let state = State::read(&self.dir).unwrap();
        verify::verify(&self.hierarchy(spec), &state, &verify::Options::default())
    }

    /// Each step that changes something, as "id action: reasons".
    pub(super) fn actions(&self, spec: &str) -> Vec<String> {
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

    pub(super) fn words(&self, spec: &str) -> Vec<&'static str> {
        self.plan(spec)
            .needs_word()
            .iter()
            .map(|word| word.code)
            .collect()
    }

    /// Every file's content and modification time.
    pub(super) fn files(&self) -> BTreeMap<Utf8PathBuf, (Vec<u8>, std::time::SystemTime)> {
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

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.dir.join(path)).unwrap()
    }

    pub(super) fn openssl_verify(&self, leaf: &str, root: &str, chain: &str) {
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

pub(super) const CHAIN: &str = r#"
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
