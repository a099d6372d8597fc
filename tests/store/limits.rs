//! A store where the system sets limits: a umask, a full disk, a folder that can't be written, one that can't be made.
#![cfg(unix)]
#![expect(
    clippy::disallowed_types,
    reason = "umask and limits are a process's own: each case is a child's"
)]

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use camino::Utf8Path;
use pkiform::store::Store;

use super::{Folder, file, folder};

/// Runs a test of this file, one that is ignored else, after a word to the shell.
fn run_after(words: &str, test: &str) {
    let this = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("{words}; exec \"$0\" --ignored --exact store::limits::{test}"),
        ])
        .arg(this)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{words}: {said}"
    );
}

#[test]
fn modes_are_the_specs_under_any_umask() {
    for umask in ["0", "022", "077", "0777"] {
        run_after(&format!("umask {umask}"), "modes");
    }
}

#[test]
#[ignore = "run under several umasks by another test"]
fn modes() {
    let temp = tempfile::tempdir().unwrap();
    // Under umask 0777 nobody but root could enter it.
    std::fs::set_permissions(temp.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let dir = Utf8Path::from_path(temp.path()).unwrap().join("store");
    let mut store = Store::open(&dir).unwrap();
    let mode = |path: &str| {
        std::fs::metadata(dir.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(mode(".pkiform-tmp"), 0o700);
    store
        .put_entity(
            "a",
            &[
                file("a/key.pem", b"k", 0o600),
                file("a/sub/cert.pem", b"c", 0o644),
            ],
        )
        .unwrap();
    store
        .put_entity(
            "b",
            &[file("b.key", b"k", 0o640), file("x/b.crt", b"c", 0o644)],
        )
        .unwrap();
    store
        .put_entity("b", &[file("b.key", b"K", 0o400)])
        .unwrap();
    let line = super::LedgerEntry::new(&super::entry("a", &[]), b"der").unwrap();
    store
        .finish(&super::header(), Vec::new(), &[], &[line])
        .unwrap();
    for (path, wanted) in [
        ("a", 0o755),
        ("a/key.pem", 0o600),
        ("a/sub", 0o755),
        ("a/sub/cert.pem", 0o644),
        ("b.key", 0o400),
        ("x", 0o755),
        ("x/b.crt", 0o644),
        ("pkiform.lock", 0o644),
        ("pkiform.ledger", 0o644),
    ] {
        assert_eq!(mode(path), wanted, "{path}");
    }
}

#[test]
fn a_file_that_can_not_be_finished_is_absent_and_the_old_one_stays() {
    run_after("trap '' XFSZ; ulimit -f 8", "full");
}

#[test]
#[ignore = "run under a limit on the size of files by another test"]
fn full() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    store
        .put_entity("a", &[file("a/key.pem", b"old", 0o600)])
        .unwrap();
    let long = vec![b'x'; 100_000];
    let error = store
        .put_entity("a", &[file("a/key.pem", &long, 0o600)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a/key.pem` can't be written"),
        "the place is named: {error}"
    );
    assert_eq!(std::fs::read(dir.join("a/key.pem")).unwrap(), b"old");
    let two = [
        file("b/key.pem", b"k", 0o600),
        file("b/cert.pem", &long, 0o644),
    ];
    store.put_entity("b", &two).unwrap_err();
    assert!(!dir.join("b").exists());
    drop(store);
    assert!(
        !dir.join(".pkiform-tmp").exists(),
        "no key is left in an unfinished folder"
    );
}

#[test]
fn a_store_that_can_not_be_made_is_said() {
    // No folder can be made there, and the system says that what is above is not there.
    let error = Store::open("/proc/pkiform/store".into())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`/proc/pkiform/store` can't be written"),
        "{error}"
    );
    let Folder { dir, _temp } = &folder();
    std::fs::write(dir, b"a file").unwrap();
    let error = Store::open(&dir.join("store")).unwrap_err().to_string();
    assert!(
        error.contains("a file stands where a folder belongs"),
        "{error}"
    );
}

#[test]
fn a_group_that_does_not_exist_is_said() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let key = super::NewFile {
        group: Some("no-such-group"),
        ..file("a.key", b"k", 0o640)
    };
    let error = store.put_entity("a", &[key]).unwrap_err().to_string();
    assert_eq!(error, "there is no group `no-such-group` on this system");
    assert!(!dir.join("a.key").exists());
}
