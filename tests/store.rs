//! The store by itself: files whole or absent, keys never overwritten, one run at a time.

mod keys;
mod limits;
mod paths;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pkiform::catalog::KeyAlgorithm;
use pkiform::crypto::PrivateKey;
use pkiform::hierarchy::EntityKind;
use pkiform::store::{
    Durability, FileLock, FileState, Header, LedgerEntry, LockEntry, NewFile, State, Store,
    read_ledger,
};
use sha2::{Digest as _, Sha256};

struct Folder {
    _temp: tempfile::TempDir,
    dir: Utf8PathBuf,
}

fn folder() -> Folder {
    let temp = tempfile::tempdir().unwrap();
    let dir = Utf8PathBuf::from_path_buf(temp.path().join("store")).unwrap();
    Folder { _temp: temp, dir }
}

fn file<'a>(path: &'a str, bytes: &'a [u8], mode: u32) -> NewFile<'a> {
    NewFile {
        path: Utf8Path::new(path),
        bytes,
        mode,
        group: None,
        durability: Durability::Batched,
        private_key: None,
    }
}

fn key_pem() -> (Vec<u8>, [u8; 32]) {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    (
        key.to_pem().unwrap().to_vec(),
        Sha256::digest(key.public_der()).into(),
    )
}

fn header() -> Header {
    Header {
        spec: "test".to_owned(),
        env: None,
    }
}

fn entry(id: &str, files: &[(&str, &str, &[u8])]) -> LockEntry {
    let files = files.iter().map(|(artifact, path, bytes)| {
        let sha256 = Sha256::digest(bytes).into();
        (
            (*artifact).to_owned(),
            FileLock {
                path: (*path).into(),
                sha256,
            },
        )
    });
    LockEntry {
        id: id.to_owned(),
        kind: EntityKind::Leaf,
        fingerprint: [1; 32],
        algorithm: "ecdsa-p256".to_owned(),
        generation: 1,
        serial: Some("0a".to_owned()),
        not_before: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        not_after: Some("2026-02-01T00:00:00Z".parse().unwrap()),
        cut: false,
        public_key: [2; 32],
        seed: None,
        insecure_seed: false,
        issuer: None,
        issuer_key: None,
        insecure_default: false,
        revoked: None,
        packaging: String::new(),
        crl: None,
        files: files.collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn a_new_entity_appears_whole_and_a_finished_store_reads_back() {
    let Folder { dir, _temp } = &folder();
    let mut store = Store::open(dir).unwrap();
    let (pem, _) = key_pem();
    store
        .put_entity(
            "www",
            &[
                file("www/key.pem", &pem, 0o600),
                file("www/cert.pem", b"c", 0o644),
            ],
        )
        .unwrap();
    let locked = entry(
        "www",
        &[("key", "www/key.pem", &pem), ("cert", "www/cert.pem", b"c")],
    );
    let ledger = LedgerEntry::new(&locked, b"der").unwrap();
    store
        .finish(
            &header(),
            vec![locked.clone()],
            &[],
            &[ledger.clone(), ledger.clone()],
        )
        .unwrap();
    drop(store);

    let state = State::read(dir).unwrap();
    assert_eq!(state.locked("www"), Some(&locked));
    assert!(matches!(
        state.file("www/cert.pem".into()),
        FileState::Present { .. }
    ));
    assert!(matches!(
        state.file("www/none.pem".into()),
        FileState::Missing
    ));
    assert_eq!(
        read_ledger(dir).unwrap().len(),
        1,
        "a certificate stands in the ledger once"
    );
    let left: Vec<_> = dir
        .read_dir_utf8()
        .unwrap()
        .flatten()
        .map(|e| e.file_name().to_owned())
        .collect();
    assert!(!left.contains(&".pkiform-tmp".to_owned()), "{left:?}");
}

#[cfg(unix)]
#[test]
fn modes_are_those_asked_for() {
    use std::os::unix::fs::PermissionsExt;
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    store
        .put_entity(
            "a",
            &[
                file("a/key.pem", b"k", 0o600),
                file("a/cert.pem", b"c", 0o644),
            ],
        )
        .unwrap();
    store
        .put_entity("b", &[file("b.key", b"k", 0o640)])
        .unwrap();
    let mode = |path: &str| {
        std::fs::metadata(dir.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        [
            mode("a"),
            mode("a/key.pem"),
            mode("a/cert.pem"),
            mode("b.key")
        ],
        [0o755, 0o600, 0o644, 0o640]
    );
}

#[test]
fn one_run_at_a_time_holds_a_store() {
    let Folder { dir, _temp } = &folder();
    let first = Store::open(dir).unwrap();
    let error = Store::open(dir).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("another run of pkiform holds the store"),
        "{error}"
    );
    drop(first);
    Store::open(dir).unwrap();
}

#[test]
fn a_store_of_another_spec_is_refused() {
    let Folder { dir, _temp } = &folder();
    Store::open(dir)
        .unwrap()
        .finish(&header(), Vec::new(), &[], &[])
        .unwrap();
    let state = State::read(dir).unwrap();
    state.check_header(&header()).unwrap();
    let other = Header {
        spec: "test".to_owned(),
        env: Some("prod".to_owned()),
    };
    let error = state.check_header(&other).unwrap_err().to_string();
    assert!(
        error.contains("is that of `test`, not of `test` in environment `prod`"),
        "{error}"
    );
}

#[test]
fn an_unchanged_lock_is_not_rewritten_and_a_torn_ledger_goes_on() {
    let Folder { dir, _temp } = &folder();
    let mut store = Store::open(dir).unwrap();
    let locked = entry("a", &[]);
    let line = LedgerEntry::new(&locked, b"one").unwrap();
    store
        .finish(&header(), vec![locked.clone()], &[], &[line])
        .unwrap();
    let stamp = |name: &str| {
        std::fs::metadata(dir.join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = stamp("pkiform.lock");
    let ledger = std::fs::read_to_string(dir.join("pkiform.ledger")).unwrap();
    std::fs::write(
        dir.join("pkiform.ledger"),
        format!("{ledger}{{\"issuer\":\"ro"),
    )
    .unwrap();
    drop(store);
    let mut store = Store::open(dir).unwrap();
    let line = LedgerEntry::new(&locked, b"two").unwrap();
    store.finish(&header(), vec![locked], &[], &[line]).unwrap();
    assert_eq!(stamp("pkiform.lock"), before);
    assert_eq!(read_ledger(dir).unwrap().len(), 2);
}

#[test]
fn what_a_dying_run_left_unfinished_is_cleared_away() {
    let Folder { dir, _temp } = &folder();
    std::fs::create_dir_all(dir.join(".pkiform-tmp/3")).unwrap();
    std::fs::write(dir.join(".pkiform-tmp/3/key.pem"), "half").unwrap();
    let store = Store::open(dir).unwrap();
    store
        .put_entity("a", &[file("a/cert.pem", b"c", 0o644)])
        .unwrap();
    assert!(!dir.join(".pkiform-tmp/3").exists());
}

#[test]
fn an_edit_during_the_run_is_not_taken_for_what_was_written() {
    let Folder { dir, _temp } = &folder();
    let mut store = Store::open(dir).unwrap();
    store
        .put_entity(
            "a",
            &[
                file("a/one.pem", b"one", 0o644),
                file("a/two.pem", b"two", 0o644),
            ],
        )
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    std::fs::write(dir.join("a/two.pem"), b"TWO").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    let locked = entry(
        "a",
        &[
            ("cert", "a/one.pem", b"one"),
            ("chain", "a/two.pem", b"two"),
        ],
    );
    store.finish(&header(), vec![locked], &[], &[]).unwrap();
    let state = State::read(dir).unwrap();
    let FileState::Present { sha256, .. } = state.file("a/two.pem".into()) else {
        panic!()
    };
    assert_eq!(sha256, <[u8; 32]>::from(Sha256::digest(b"TWO")));
    assert!(
        std::fs::read_to_string(dir.join(".pkiform-cache"))
            .unwrap()
            .contains("a/two.pem")
    );
}

#[test]
fn entities_are_put_from_many_threads_into_one_folder_and_their_own() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..25 {
                    let id = format!("e{thread}-{number}");
                    let (own, shared) = (format!("{id}/key.pem"), format!("all/{id}.pem"));
                    let files = [file(&own, id.as_bytes(), 0o600)];
                    store.put_entity(&id, &files).unwrap();
                    let files = [file(&shared, id.as_bytes(), 0o644)];
                    store.put_entity(&id, &files).unwrap();
                }
            });
        }
    });
    for (thread, number) in (0..8).flat_map(|thread| (0..25).map(move |number| (thread, number))) {
        let id = format!("e{thread}-{number}");
        for path in [format!("{id}/key.pem"), format!("all/{id}.pem")] {
            assert_eq!(
                std::fs::read_to_string(dir.join(&path)).unwrap(),
                id,
                "{path}"
            );
        }
    }
    drop(store);
    assert!(!dir.join(".pkiform-tmp").exists());
}

#[test]
fn a_damaged_ledger_stops_a_run_before_it_begins() {
    let Folder { dir, _temp } = &folder();
    drop(Store::open(dir).unwrap());
    std::fs::write(dir.join("pkiform.ledger"), "no line\n").unwrap();
    let error = Store::open(dir).unwrap_err().to_string();
    assert!(
        error.contains("pkiform.ledger` line 1: it can't be read"),
        "{error}"
    );
}
