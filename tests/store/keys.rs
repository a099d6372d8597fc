//! Private keys in a store: none is overwritten or lost.

use camino::Utf8PathBuf;
use pkiform::store::{Store, StoreError};

use super::{Folder, NewFile, file, folder, key_pem};

fn key<'a>(path: &'a str, bytes: &'a [u8], print: [u8; 32]) -> NewFile<'a> {
    NewFile {
        private_key: Some(print),
        ..file(path, bytes, 0o600)
    }
}

/// Everything in the archive.
fn archived(dir: &camino::Utf8Path) -> Vec<Vec<u8>> {
    let files = walkdir::WalkDir::new(dir.join(".archive"))
        .into_iter()
        .flatten();
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| std::fs::read(entry.path()).unwrap())
        .collect()
}

#[test]
fn another_private_key_is_never_overwritten_unless_the_archive_has_it() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let ((old, old_print), (new, new_print)) = (key_pem(), key_pem());
    store
        .put_entity("a", &[key("a/key.pem", &old, old_print)])
        .unwrap();
    // Whatever the mode that a spec gives it.
    let open = NewFile {
        mode: 0o644,
        ..key("a/key.pem", &new, new_print)
    };
    for file in [key("a/key.pem", &new, new_print), open] {
        let error = store.put_entity("a", &[file]).unwrap_err();
        assert!(matches!(error, StoreError::KeyInTheWay(_)), "{error}");
        assert_eq!(std::fs::read(dir.join("a/key.pem")).unwrap(), old);
    }

    let archived = store
        .archive_key("a", &old_print, "a/key.pem".into())
        .unwrap();
    assert_eq!(
        std::fs::read(dir.join("a/key.pem")).unwrap(),
        old,
        "it stays until replaced"
    );
    store
        .put_entity("a", &[key("a/key.pem", &new, new_print)])
        .unwrap();
    assert_eq!(std::fs::read(dir.join("a/key.pem")).unwrap(), new);
    assert_eq!(std::fs::read(dir.join(archived)).unwrap(), old);
}

#[test]
fn the_same_key_otherwise_wrapped_leaves_no_open_copy_behind() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let (open, print) = key_pem();
    store
        .put_entity("a", &[key("a/key.pem", &open, print)])
        .unwrap();
    store
        .put_entity("a", &[key("a/key.pem", b"sealed", print)])
        .unwrap();
    assert_eq!(std::fs::read(dir.join("a/key.pem")).unwrap(), b"sealed");
    assert_eq!(archived(dir), Vec::<Vec<u8>>::new());
}

#[test]
fn what_does_not_show_its_key_is_archived_before_it_is_replaced() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let (new, print) = key_pem();
    let sealed =
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for there in [b"of an unknown format".as_slice(), sealed] {
        std::fs::write(dir.join("a.key"), there).unwrap();
        store.put_entity("a", &[key("a.key", &new, print)]).unwrap();
        assert!(archived(dir).contains(&there.to_vec()));
    }
    // What a failing power supply left holds nothing.
    std::fs::write(dir.join("a.key"), b"").unwrap();
    store.put_entity("a", &[key("a.key", &new, print)]).unwrap();
    assert_eq!(archived(dir).len(), 2);
}

#[test]
fn a_certificate_that_takes_a_keys_place_sends_it_to_the_archive() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let (pem, _) = key_pem();
    std::fs::write(dir.join("a.pem"), &pem).unwrap();
    store
        .put_entity("a", &[file("a.pem", b"a certificate", 0o644)])
        .unwrap();
    assert_eq!(archived(dir), [pem]);
}

#[test]
fn the_archive_keeps_both_of_two_files_of_one_name() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let mut places = Vec::new();
    for bytes in [b"one", b"two", b"one"] {
        std::fs::write(dir.join("a.key"), bytes).unwrap();
        places.push(store.archive_key("a", &[7; 32], "a.key".into()).unwrap());
        std::fs::remove_file(dir.join("a.key")).unwrap();
    }
    assert_eq!(places[0], places[2]);
    let read = |place: &Utf8PathBuf| std::fs::read(dir.join(place)).unwrap();
    assert_eq!(
        (read(&places[0]).as_slice(), read(&places[1]).as_slice()),
        (&b"one"[..], &b"two"[..])
    );
}

#[test]
fn what_is_archived_is_a_copy() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    std::fs::write(dir.join("a.key"), b"old").unwrap();
    let place = store.archive_key("a", &[7; 32], "a.key".into()).unwrap();
    // An editor that saves in place.
    std::fs::write(dir.join("a.key"), b"new").unwrap();
    assert_eq!(std::fs::read(dir.join(place)).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn a_key_behind_a_link_is_archived_by_its_content() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let elsewhere = dir.parent().unwrap().join("key");
    std::fs::write(&elsewhere, b"the key").unwrap();
    symlink("../key", dir.join("a.key")).unwrap();
    let (new, print) = key_pem();
    store.put_entity("a", &[key("a.key", &new, print)]).unwrap();
    assert_eq!(archived(dir), [b"the key"]);
    assert_eq!(std::fs::read(elsewhere).unwrap(), b"the key");
    let mode = |path: &str| {
        std::fs::metadata(dir.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode(".archive"), mode("a.key")), (0o700, 0o600));
}
