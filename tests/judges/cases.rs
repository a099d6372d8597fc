//! The specs that are judged: all that ship, in every environment, and some that name all there is.

use std::fs;

use camino::Utf8PathBuf;
use pkiform::catalog::{Digest, Family, KeyAlgorithm};

/// A spec, and how it is applied.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) text: Text,
    pub(super) env: Option<String>,
    /// `--var`.
    pub(super) set: Vec<(&'static str, String)>,
    /// Keys that lie in the store beforehand: paths there, and the files that go there.
    pub(super) keys: Vec<(&'static str, String)>,
}

/// The spec itself.
pub(super) enum Text {
    File(Utf8PathBuf),
    Inline(String),
}

impl Case {
    fn inline(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: Text::Inline(text.into()),
            env: None,
            set: Vec::new(),
            keys: Vec::new(),
        }
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = shipped();
    all.extend(KeyAlgorithm::ALL.into_iter().map(of_algorithm));
    all.extend(of_digests());
    all.push(Case::inline("mixed", MIXED));
    all.push(Case::inline("extensions", include_str!("extensions.toml")));
    all
}

/// Every spec that ships, and every one that `init` begins from: as it is, in each of its environments, and Azure's by
/// its variables.
fn shipped() -> Vec<Case> {
    let mut all = Vec::new();
    for (folder, prefix) in [("specs", ""), ("templates", "template-")] {
        let paths = specs_in(folder);
        assert!(paths.len() >= 4, "{paths:?}");
        for path in paths {
            all.extend(of_file(&path, prefix));
        }
    }
    all
}

fn specs_in(folder: &str) -> Vec<Utf8PathBuf> {
    let folder = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension() == Some("toml"))
        .collect();
    paths.sort();
    paths
}

fn of_file(path: &Utf8PathBuf, prefix: &str) -> Vec<Case> {
    let spec: toml::Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let table = |key: &str| spec.get(key).and_then(toml::Value::as_table);
    let stem = path.file_stem().unwrap();
    // An environment for a thousand devices shows nothing more than one for three.
    let counted = table("vars").is_some_and(|vars| vars.contains_key("devices"));
    let few = counted.then(|| ("devices", "3".to_owned()));
    let case = |name: String, env: Option<&str>, more: &[(&'static str, &str)]| Case {
        name: format!("{prefix}{name}"),
        text: Text::File(path.clone()),
        env: env.map(str::to_owned),
        set: few
            .clone()
            .into_iter()
            .chain(
                more.iter()
                    .map(|(name, value)| (*name, (*value).to_owned())),
            )
            .collect(),
        keys: Vec::new(),
    };
    let mut all = vec![case(stem.to_owned(), None, &[])];
    let environments = table("env").into_iter().flatten();
    // Whose seed is a secret is the environment beside it, but for the keys.
    let is_open = |(_, env): &(&String, &toml::Value)| !env.to_string().contains("seed = \"env:");
    for (env, _) in environments.filter(is_open) {
        all.push(case(format!("{stem}.{env}"), Some(env), &[]));
    }
    if stem == "azure-iot" {
        let code = ("verification_code", "A1B2C3D4E5F6");
        all.push(case(format!("{stem}.proof"), None, &[code]));
        all.push(case(
            format!("{stem}.rsa"),
            None,
            &[code, ("key", "rsa-2048")],
        ));
    }
    all
}

/// A path whose keys are all of one algorithm. Keys that take seconds to make are taken from those that ship.
fn of_algorithm(key: KeyAlgorithm) -> Case {
    let id = key.id();
    if let KeyAlgorithm::Rsa(3073..) = key {
        let text = format!("{}{LEAVES}", head(&id, ""))
            .replace("\"issuing\"", "\"root\"")
            .replace("[leaf.client]", "[leaf.client]\nkey = \"rsa-2048\"");
        let shipped =
            |half: &str| format!("{}/tests/keys/{id}-{half}.pem", env!("CARGO_MANIFEST_DIR"));
        return Case {
            keys: vec![
                ("root/key.pem", shipped("a")),
                ("server/key.pem", shipped("b")),
            ],
            ..Case::inline(id.clone(), text)
        };
    }
    Case::inline(id.clone(), format!("{}{ISSUING}{LEAVES}", head(&id, "")))
}

/// Every digest with every algorithm that takes one.
fn of_digests() -> Vec<Case> {
    let takes = |key: &KeyAlgorithm| match key {
        KeyAlgorithm::Rsa(bits) => *bits == 2048,
        other => other.family() == Family::Ecdsa,
    };
    let mut all = Vec::new();
    for key in KeyAlgorithm::ALL.into_iter().filter(takes) {
        for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            if key.default_digest() != Some(digest) {
                let setting = format!("digest = \"{digest}\"\nallow = [\"digest-for-algorithm\"]");
                all.push(Case::inline(
                    format!("{}-{digest}", key.id()),
                    format!("{}{ISSUING}{LEAVES}", head(&key.id(), &setting)),
                ));
            }
        }
    }
    all
}

fn head(key: &str, more: &str) -> String {
    format!(
        "spec = 1\nname = \"case\"\n[defaults]\nkey = \"{key}\"\nvalidity = \"30d\"\n{more}\n\
         [ca.root]\nsubject.common_name = \"Root {key}\"\n"
    )
}

const ISSUING: &str = r#"
[ca.issuing]
issuer = "root"
depth = 2
subject.common_name = "Issuing {{ level }}"
"#;

const LEAVES: &str = r#"
[leaf.server]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com", "192.0.2.1", "2001:db8::1"]
[leaf.client]
issuer = "issuing"
profile = "tls-client"
subject.common_name = "client"
"#;

/// Each algorithm signs one of another family.
const MIXED: &str = r#"
spec = 1
name = "mixed"
[defaults]
validity = "30d"
allow = ["weaker-issuer"]
[ca.root]
key = "ecdsa-p521"
subject.common_name = "Root"
[ca.second]
issuer = "root"
key = "rsa-3072"
subject.common_name = "Second"
[ca.third]
issuer = "second"
key = "ed25519"
subject.common_name = "Third"
[ca.fourth]
issuer = "third"
key = "ml-dsa-65"
subject.common_name = "Fourth"
[leaf.www]
issuer = "third"
key = "rsa-2048"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com"]
[leaf.device]
issuer = "fourth"
key = "ecdsa-p384"
profile = "device"
subject.common_name = "device"
san = ["device.example.com"]
"#;
