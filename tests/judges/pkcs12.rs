//! PKCS#12 files of ours, opened by five readers with the passphrase and refused without it.

use std::fmt::Write as _;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use pkiform::catalog::Artifact;

use super::apply::apply;
use super::cases::{Case, Text};
use super::on_all_cores;
use super::tools::Tool;

const PASSPHRASE: &str = "correct horse 1";

const SPEC: &str = r#"
spec = 1
name = "pkcs12"
[defaults]
validity = "30d"
[ca.root]
subject.common_name = "Root"
[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
[defaults.leaf]
issuer = "issuing"
profile = "device"
subject.common_name = "{{ id }}"
san = ["{{ id }}.example.com"]
outputs = ["key", "cert", "pkcs12"]
passphrase = { insecure_default = "correct horse 1" }
"#;

/// A seed composes the files another way.
const SEEDED: &str = r#"
[reproducible]
seed = { insecure_default = "a seed that everybody may know" }
epoch = "day"
"#;

/// A reader, told from the key's algorithm whether it can read it.
struct Reader {
    name: &'static str,
    reads: fn(&str) -> bool,
    open: fn(&Utf8Path, &Utf8Path, &str) -> Output,
    /// What stands in its output if it found the key, and how often each: certificates too where it counts them.
    key: &'static str,
    certificate: Option<&'static str>,
}

const READERS: [Reader; 5] = [
    Reader {
        name: "openssl",
        reads: |_| true,
        open: |file, _, passphrase| {
            let mut command = Tool::OPENSSL.command();
            command.args([
                "pkcs12",
                "-in",
                file.as_str(),
                "-passin",
                "env:P12",
                "-nodes",
            ]);
            run(command.env("P12", passphrase))
        },
        key: "BEGIN PRIVATE KEY",
        certificate: Some("BEGIN CERTIFICATE"),
    },
    Reader {
        name: "certtool",
        reads: |_| true,
        open: |file, _, passphrase| {
            let mut command = Tool::CERTTOOL.command();
            run(command.args([
                "--p12-info",
                "--inder",
                "--password",
                passphrase,
                "--infile",
                file.as_str(),
            ]))
        },
        key: "Type: PKCS #8 Encrypted key",
        certificate: Some("BEGIN CERTIFICATE"),
    },
    Reader {
        name: "keytool",
        reads: |_| true,
        open: |file, _, passphrase| {
            let mut command = Tool::KEYTOOL.command();
            command.args([
                "-J-XX:TieredStopAtLevel=1",
                "-J-Duser.language=en",
                "-list",
                "-v",
            ]);
            command.args([
                "-storetype",
                "PKCS12",
                "-keystore",
                file.as_str(),
                "-storepass:env",
                "P12",
            ]);
            run(command.env("P12", passphrase))
        },
        key: "PrivateKeyEntry",
        certificate: Some("Certificate["),
    },
    Reader {
        name: "pk12util",
        // NSS of Debian has no EdDSA.
        reads: |key| !key.starts_with("ed"),
        open: |file, scratch, passphrase| {
            let database = format!("sql:{scratch}");
            std::fs::create_dir_all(scratch).unwrap();
            let made =
                run(Tool::CERTUTIL
                    .command()
                    .args(["-N", "-d", &database, "--empty-password"]));
            assert!(made.status.success(), "{made:?}");
            let mut command = Tool::PK12UTIL.command();
            let mut output =
                run(command.args(["-i", file.as_str(), "-W", passphrase, "-d", &database]));
            let keys = run(Tool::CERTUTIL.command().args(["-K", "-d", &database]));
            output.stdout.extend(keys.stdout);
            output
        },
        key: "< 0>",
        certificate: None,
    },
    Reader {
        name: "python cryptography",
        reads: |_| true,
        open: |file, _, passphrase| {
            let mut command = Tool::PYTHON.command();
            command.args([
                "-I",
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/pkcs12.py"),
                file.as_str(),
            ]);
            run(command.env("P12", passphrase))
        },
        key: "key",
        certificate: Some("certificate"),
    },
];

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A file that is to be opened.
struct File {
    id: String,
    key: &'static str,
    path: Utf8PathBuf,
}

/// What readers could not do with our files, and could but should not.
pub(super) fn faults() -> Vec<String> {
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("pkcs12");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let mut files = files(&folder, "random", "");
    files.extend(self::files(&folder, "seeded", SEEDED));
    let pairs: Vec<_> = files
        .iter()
        .flat_map(|file| READERS.iter().map(move |reader| (file, reader)))
        .collect();
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(file, reader)| (reader.reads)(file.key))
        .collect();
    on_all_cores(&pairs, |(file, reader)| {
        let scratch = folder
            .join("scratch")
            .join(format!("{}-{}", file.id, reader.name));
        fault(file, reader, &scratch).map(|text| format!("{} of {}: {text}", reader.name, file.id))
    })
    .into_iter()
    .flatten()
    .collect()
}

/// One file of each encryption for some algorithms.
fn files(folder: &Utf8Path, name: &str, seed: &str) -> Vec<File> {
    let mut text = format!("{SPEC}{seed}");
    for key in ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"] {
        for encryption in ["modern", "legacy"] {
            write!(
                text,
                "[leaf.{key}-{encryption}]\nkey = \"{key}\"\n\
                 pkcs12 = {{ alias = \"alias of {key}\", encryption = \"{encryption}\" }}\n"
            )
            .unwrap();
        }
    }
    let case = Case {
        name: format!("pkcs12 {name}"),
        text: Text::Inline(text),
        env: None,
        set: Vec::new(),
        keys: Vec::new(),
    };
    let applied = apply(&case, &folder.join(name));
    let leaves = applied
        .hierarchy
        .entities()
        .filter(|entity| !entity.is_ca());
    leaves
        .map(|leaf| File {
            id: format!("{name}-{}", leaf.id),
            key: ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"]
                .into_iter()
                .find(|key| leaf.id.starts_with(key))
                .unwrap(),
            path: applied
                .store
                .join(&leaf.output(Artifact::Pkcs12).unwrap().path),
        })
        .collect()
}

fn fault(file: &File, reader: &Reader, scratch: &Utf8Path) -> Option<String> {
    let right = (reader.open)(&file.path, &scratch.join("right"), PASSPHRASE);
    let said = String::from_utf8_lossy(&right.stdout).into_owned();
    if !right.status.success() {
        return Some(format!(
            "does not open: {said}{}",
            String::from_utf8_lossy(&right.stderr)
        ));
    }
    if !said.contains(reader.key) {
        return Some(format!("finds no key: {said}"));
    }
    if !said.contains(&format!("alias of {}", file.key)) {
        return Some(format!("finds no alias: {said}"));
    }
    // The leaf's and its issuing CA's; the root goes another way.
    let certificates = reader.certificate.map(|mark| said.matches(mark).count());
    if certificates.is_some_and(|count| count != 2) {
        return Some(format!("finds {certificates:?} certificates: {said}"));
    }
    let wrong = (reader.open)(&file.path, &scratch.join("wrong"), "wrong horse");
    wrong
        .status
        .success()
        .then(|| "opens with a wrong passphrase".to_owned())
}
