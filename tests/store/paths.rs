//! A store writes and removes within its folder alone.

use pkiform::store::{State, Store, StoreError};

use super::{Folder, file, folder};

#[test]
fn a_path_that_leaves_the_store_is_refused() {
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    let outside = dir.parent().unwrap().join("precious");
    std::fs::write(&outside, b"precious").unwrap();
    for path in [
        "../precious",
        outside.as_str(),
        "a/../../precious",
        "pkiform.lock",
        ".archive/x",
        "",
    ] {
        let errors = [
            store
                .put_entity("a", &[file(path, b"x", 0o644)])
                .unwrap_err(),
            store.remove(path.into()).unwrap_err(),
            store.set_mode(path.into(), 0o600, None).unwrap_err(),
            store.archive_key("a", &[0; 32], path.into()).unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(error, StoreError::Outside { .. }),
                "{path}: {error}"
            );
        }
    }
    std::fs::write(dir.join("a.key"), b"x").unwrap();
    let error = store
        .archive_key("../..", &[0; 32], "a.key".into())
        .unwrap_err();
    assert!(
        error.to_string().contains("is no name of an entity"),
        "{error}"
    );
    assert_eq!(std::fs::read(outside).unwrap(), b"precious");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_a_link_to_elsewhere_is_refused() {
    use std::os::unix::fs::symlink;
    let Folder { dir, _temp } = &folder();
    let store = Store::open(dir).unwrap();
    std::fs::create_dir(dir.join("inside")).unwrap();
    std::fs::create_dir(dir.parent().unwrap().join("outside")).unwrap();
    symlink("inside", dir.join("good")).unwrap();
    symlink("../outside", dir.join("bad")).unwrap();
    symlink("../nowhere", dir.join("dangling")).unwrap();
    symlink("../outside", dir.join(".archive")).unwrap();
    store
        .put_entity("a", &[file("good/sub/key.pem", b"x", 0o600)])
        .unwrap();
    assert!(dir.join("inside/sub/key.pem").exists());
    for path in ["bad/key.pem", "bad/sub/key.pem", "dangling/key.pem"] {
        let error = store
            .put_entity("a", &[file(path, b"x", 0o600)])
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Outside { .. }),
            "{path}: {error}"
        );
    }
    let error = store
        .archive_key("a", &[0; 32], "inside/sub/key.pem".into())
        .unwrap_err();
    assert!(matches!(error, StoreError::Outside { .. }), "{error}");
    let outside = dir.parent().unwrap().join("outside");
    assert_eq!(outside.read_dir_utf8().unwrap().count(), 0);
}

#[test]
fn a_lock_that_names_a_file_outside_is_refused() {
    let Folder { dir, _temp } = &folder();
    std::fs::create_dir(dir).unwrap();
    let digest = "00".repeat(32);
    let line = format!(
        r#"{{"id":"gone","kind":"leaf","fingerprint":"{digest}","algorithm":"ed25519","generation":1,"public-key":"{digest}","files":{{"cert":{{"path":"../precious","sha256":"{digest}"}}}}}}"#
    );
    std::fs::write(
        dir.join("pkiform.lock"),
        format!("{{\"pkiform-lock\":1,\"spec\":\"x\"}}\n{line}\n"),
    )
    .unwrap();
    let error = State::read(dir).unwrap_err().to_string();
    assert!(
        error.contains("line 2: the path `../precious` of `gone` leaves the store"),
        "{error}"
    );
}
