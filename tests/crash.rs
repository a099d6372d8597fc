//! A run that is killed at any call that changes the disk is finished by the next one: no key is lost, nothing is
//! issued twice (needs `strace`, of the Debian package of that name).
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_types,
    reason = "the command is run, and killed, as a process"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};

/// The calls by which the store opens and changes files. To be killed at any other is to be killed at the one before it.
const CALLS: &[&str] = &[
    "openat",
    "flock",
    "write",
    "rename",
    "mkdir",
    "chmod",
    "fchmod",
    "fsync",
    "syncfs",
    "unlink",
    "unlinkat",
    "rmdir",
    "linkat",
    "ftruncate",
];

#[test]
fn a_new_store() {
    walk(&Case {
        layout: "folder",
        before: None,
        after: "",
        flags: &[],
        ledger: 3,
    });
}

#[test]
fn a_new_flat_store() {
    walk(&Case {
        layout: "flat",
        before: None,
        after: "",
        flags: &[],
        ledger: 3,
    });
}

#[test]
fn a_changed_subject() {
    let after = "subject.organization = \"O\"";
    walk(&Case {
        layout: "folder",
        before: Some(""),
        after,
        flags: &[],
        ledger: 5,
    });
}

#[test]
fn a_replaced_key() {
    let flags = &["--allow-key-replacement=mid"];
    walk(&Case {
        layout: "flat",
        before: Some(""),
        after: "generation = 2",
        flags,
        ledger: 5,
    });
}

/// A device's old key is revoked and it gets a new one: the list is written when everything else is.
#[test]
fn a_revocation() {
    let with = |device: &str| {
        format!(
            "outputs = [\"key\", \"cert\", \"crl\", \"crl-der\"]\n\
             [leaf.device]\nissuer = \"mid\"\nsubject.common_name = \"device\"\n{device}"
        )
    };
    walk(&Case {
        layout: "folder",
        before: Some(&with("")),
        after: &with(
            "generation = 2\nrevoked = { reason = \"superseded\", date = \"2026-11-01\" }",
        ),
        flags: &[],
        ledger: 5,
    });
}

/// A spec before and after a change of its intermediate, and what a whole run leaves.
struct Case<'a> {
    layout: &'a str,
    /// The intermediate's lines before; none where there is no store yet.
    before: Option<&'a str>,
    after: &'a str,
    flags: &'a [&'a str],
    /// How many certificates have been issued in the end.
    ledger: usize,
}

/// Kills a run at each call, one after another, and has the next run finish it.
fn walk(case: &Case<'_>) {
    let temp = tempfile::tempdir().unwrap();
    let dir = Utf8Path::from_path(temp.path()).unwrap();
    std::fs::write(dir.join("after.toml"), spec(case.layout, case.after)).unwrap();
    if let Some(before) = case.before {
        std::fs::write(dir.join("before.toml"), spec(case.layout, before)).unwrap();
        done(&pkiform(dir, &["apply", "before.toml", "--out", "base"]));
    }
    let before = files(&dir.join("base"));
    for call in CALLS {
        // Until there is no such call: then the run goes through.
        for number in 1.. {
            let store = dir.join("store");
            let _ = std::fs::remove_dir_all(&store);
            copy(&dir.join("base"), &store);
            let killed = apply(dir, case, Some((call, number)));
            let between = files(&store);
            done(&apply(dir, case, None));
            let place = format!("killed at {call} {number}");
            check(dir, case, [&before, &between, &files(&store)], &place);
            let (left, times) = (files(&store), times(&store));
            done(&apply(dir, case, None));
            assert_eq!(
                files(&store),
                left,
                "{place}: a third run changes something"
            );
            assert_eq!(self::times(&store), times, "{place}: a third run writes");
            if killed.status.success() {
                break;
            }
            // strace ends as what it traces.
            let said = String::from_utf8_lossy(&killed.stderr);
            assert_eq!(killed.status.signal(), Some(9), "{call} {number}: {said}");
        }
    }
}

fn check(dir: &Utf8Path, case: &Case<'_>, states: [&Files; 3], place: &str) {
    let [before, between, end] = states;
    for (path, content) in before
        .iter()
        .chain(between)
        .filter(|(_, content)| is_key(content))
    {
        assert!(
            end.values().any(|there| there == content),
            "{place}: the key {path} is lost"
        );
    }
    for (path, content) in between
        .iter()
        .filter(|(path, _)| path.as_str().ends_with("cert.pem"))
    {
        // What stood before may be replaced; what this run issued stays.
        let issued = !before.values().any(|there| there == content);
        assert!(
            !issued || end.get(path) == Some(content),
            "{place}: {path} is issued twice"
        );
    }
    for (path, content) in between {
        let (Some(list), Some(last)) = (list(content), end.get(path).and_then(|end| list(end)))
        else {
            continue;
        };
        assert!(
            list.number() < last.number() || end.get(path) == Some(content),
            "{place}: {path} is another with the same number"
        );
        assert_eq!(last.entries().len(), 1, "{place}: {path}");
    }
    let ledger = end.get(Utf8Path::new("pkiform.ledger")).unwrap();
    let lines: BTreeSet<&[u8]> = ledger.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(
        lines.len(),
        case.ledger,
        "{place}: what was issued stands in the ledger, once"
    );
    done(&pkiform(dir, &["verify", "after.toml", "--out", "store"]));
    let plan = pkiform(
        dir,
        &[
            "plan",
            "after.toml",
            "--out",
            "store",
            "--detailed-exitcode",
        ],
    );
    assert!(
        plan.status.success(),
        "{place}: {}",
        String::from_utf8_lossy(&plan.stdout)
    );
}

fn spec(layout: &str, middle: &str) -> String {
    format!(
        r#"
spec = 1
name = "crash"
[output]
layout = "{layout}"
[ca.root]
subject.common_name = "Root"
[ca.mid]
issuer = "root"
subject.common_name = "Middle"
{middle}
[leaf.www]
issuer = "mid"
profile = "tls-client"
subject.common_name = "www"
"#
    )
}

fn apply(dir: &Utf8Path, case: &Case<'_>, kill: Option<(&str, usize)>) -> Output {
    let mut arguments = vec![
        "apply",
        "after.toml",
        "--out",
        "store",
        "--yes",
        "--jobs",
        "1",
    ];
    arguments.extend(case.flags);
    let Some((call, number)) = kill else {
        return pkiform(dir, &arguments);
    };
    killed_at(call, number)
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap_or_else(|error| panic!("strace: {error}; it is in the Debian package `strace`"))
}

/// pkiform, to be killed at a call.
pub(crate) fn killed_at(call: &str, number: usize) -> Command {
    let mut command = Command::new("strace");
    let trace = format!("trace={call}");
    command
        .args(["-f", "-o", "/dev/null", "-e", &trace, "-e"])
        .arg(format!("inject={call}:signal=SIGKILL:when={number}"))
        .arg(env!("CARGO_BIN_EXE_pkiform"));
    command
}

fn pkiform(dir: &Utf8Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    command.args(arguments).current_dir(dir).output().unwrap()
}

fn done(output: &Output) {
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

type Files = BTreeMap<Utf8PathBuf, Vec<u8>>;

/// The files of a store; those that a run has not finished are none.
fn files(dir: &Utf8Path) -> Files {
    let found = walkdir::WalkDir::new(dir).into_iter().flatten();
    let paths = found
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).unwrap());
    paths
        .filter(|path| !path.as_str().contains(".pkiform-tmp"))
        .map(|path| {
            (
                path.strip_prefix(dir).unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect()
}

/// When each file and folder of a store was last changed.
fn times(dir: &Utf8Path) -> BTreeMap<std::path::PathBuf, std::time::SystemTime> {
    let found = walkdir::WalkDir::new(dir).into_iter().flatten();
    found
        .map(|entry| {
            let modified = entry.metadata().unwrap().modified().unwrap();
            (entry.into_path(), modified)
        })
        .collect()
}

/// The CRL in a file, if it is one.
fn list(content: &[u8]) -> Option<pkiform::x509::Crl> {
    let blocks = pkiform::x509::pem::decode(content).unwrap_or_default();
    let block = blocks
        .into_iter()
        .find(|block| block.label == pkiform::x509::pem::CRL);
    let der = block.map_or_else(|| content.to_vec(), |block| block.der);
    pkiform::x509::Crl::parse(&der).ok()
}

fn is_key(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains("PRIVATE KEY")
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    for (path, content) in files(from) {
        let path = to.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &content).unwrap();
        if is_key(&content) {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
        }
    }
}
