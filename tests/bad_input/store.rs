//! Stores that can't be written or read, and keys that can't be opened.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use super::THREE;
use crate::shell::Shell;

/// A PKI that was applied.
fn applied() -> Shell {
    let shell = Shell::with(THREE);
    shell.run("apply pki.toml").exits(0);
    shell
}

#[test]
fn a_file_where_the_store_belongs() {
    let shell = Shell::with(THREE);
    shell.write("pki", "no folder");
    assert_snapshot!(shell.refused("apply pki.toml"));
}

#[test]
fn a_folder_where_a_file_belongs() {
    let shell = applied();
    fs::remove_file(shell.path("pki/three/www/cert.pem")).unwrap();
    fs::create_dir_all(shell.path("pki/three/www/cert.pem/x")).unwrap();
    assert_snapshot!(shell.refused("apply pki.toml"));
}

/// Who may write everywhere is refused by the kernel's own folders.
#[test]
fn a_folder_that_none_may_write() {
    let shell = Shell::with(THREE);
    assert_snapshot!(shell.refused("apply pki.toml --out /proc/sys/pki"));
}

#[test]
fn a_file_system_that_is_read_only() {
    if let Some(said) = on_disk("ro") {
        assert_snapshot!(said);
    }
}

/// No file may be longer than 512 bytes: the first certificate does not fit, as on a disk that is full.
#[test]
fn a_limit_on_the_length_of_files() {
    let mut shell = Shell::with(THREE);
    shell.above(&["sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]);
    let said = shell.run("apply pki.toml").exits(1);
    assert_snapshot!(shell.picture(&said));
    shell.above(&[]);
    shell.run("apply pki.toml").exits(0);
    shell.run("verify pki.toml").exits(0);
}

#[test]
fn a_full_disk() {
    if let Some(said) = on_disk("size=16k") {
        assert_snapshot!(said);
    }
}

/// Applies onto a file system of its own, mounted as root or as the root of a namespace; none where the system lets
/// nobody mount, and the limit and the kernel's folders above stand for it.
fn on_disk(options: &str) -> Option<String> {
    let script = format!(
        r#"mount -t tmpfs -o {options} tmpfs disk 2>/dev/null || exit 77; "$@"; code=$?; umount disk; exit $code"#
    );
    ["-m", "-rm"].into_iter().find_map(|namespace| {
        let mut shell = Shell::with(THREE);
        fs::create_dir(shell.path("disk")).unwrap();
        shell.above(&["unshare", namespace, "sh", "-c", &script, "sh"]);
        let said = shell.run("apply pki.toml --out disk/store");
        let mounted = said.code != Some(77) && !said.stderr.starts_with("unshare");
        mounted.then(|| shell.picture(&said.exits(1)))
    })
}

#[test]
fn a_store_held_by_another_run() {
    let shell = applied();
    shell.edit("pki.toml", "\"Issuing\"", "\"Other\"");
    let guard = fs::File::open(shell.path("pki/three/.pkiform-guard")).unwrap();
    guard.lock().unwrap();
    assert_snapshot!(shell.refused("apply pki.toml"));
    // Whoever only reads need not wait.
    shell.run("plan pki.toml").exits(0);
    drop(guard);
    shell.run("apply pki.toml").exits(0);
}

#[test]
fn a_lock_file_that_is_corrupt() {
    let shell = applied();
    let lock = shell.read("pki/three/pkiform.lock");
    let damaged = lock.replacen("\"id\":\"issuing\"", "\"id\":issuing", 1);
    assert_ne!(damaged, lock);
    shell.write("pki/three/pkiform.lock", damaged);
    assert_snapshot!("lock_corrupt", shell.refused("apply pki.toml"));
    shell.write("pki/three/pkiform.lock", format!("<<<<<<< ours\n{lock}"));
    assert_snapshot!("lock_with_conflict", shell.refused("apply pki.toml"));
    let line = lock.lines().last().unwrap();
    shell.write("pki/three/pkiform.lock", format!("{lock}{line}\n"));
    assert_snapshot!("lock_with_one_twice", shell.refused("apply pki.toml"));
    shell.write("pki/three/pkiform.lock", [0xff, 0xfe, 0]);
    assert_snapshot!("lock_binary", shell.refused("apply pki.toml"));
    shell.write("pki/three/pkiform.lock", lock);
    let ledger = shell.read("pki/three/pkiform.ledger");
    shell.write("pki/three/pkiform.ledger", format!("no line\n{ledger}"));
    shell.edit("pki.toml", "\"Issuing\"", "\"Other\"");
    assert_snapshot!("ledger_corrupt", shell.refused("apply pki.toml"));
}

#[test]
fn a_lock_file_from_a_newer_version() {
    let shell = applied();
    let lock = shell.read("pki/three/pkiform.lock");
    let newer = lock.replacen("\"pkiform-lock\":1", "\"pkiform-lock\":7", 1);
    assert_ne!(newer, lock, "{lock}");
    shell.write("pki/three/pkiform.lock", newer);
    assert_snapshot!(shell.refused("apply pki.toml"));
}

#[test]
fn a_store_of_another_spec() {
    let shell = applied();
    shell.write("other.toml", THREE.replace("\"three\"", "\"other\""));
    assert_snapshot!(shell.refused("apply other.toml --out pki/three"));
}

#[test]
fn an_encrypted_key_without_its_passphrase() {
    let mut shell = Shell::with(THREE);
    shell.edit(
        "pki.toml",
        "[ca.root]",
        "[ca.root]\nkey_encryption = { passphrase = \"env:ROOT_PASSPHRASE\" }",
    );
    assert_snapshot!(
        "passphrase_missing_at_first",
        shell.refused("apply pki.toml")
    );
    shell.set("ROOT_PASSPHRASE", "correct horse");
    shell.run("apply pki.toml").exits(0);
    shell.edit("pki.toml", "\"Issuing\"", "\"Other\"");
    shell.set("ROOT_PASSPHRASE", "wrong horse");
    assert_snapshot!("passphrase_wrong", shell.refused("apply pki.toml"));
    let bare = Shell::with(&shell.read("pki.toml"));
    copy(&shell, &bare);
    assert_snapshot!("passphrase_missing", bare.refused("apply pki.toml"));
}

#[test]
fn a_command_that_may_not_run() {
    let shell = Shell::with(THREE);
    shell.edit(
        "pki.toml",
        "[ca.root]",
        "[ca.root]\nkey_encryption = { passphrase = \"command:touch ran\" }",
    );
    assert_snapshot!(shell.refused("apply pki.toml"));
}

#[test]
fn a_fresh_clone_without_its_keys() {
    let shell = applied();
    for id in ["root", "issuing", "www"] {
        fs::remove_file(shell.path(&format!("pki/three/{id}/key.pem"))).unwrap();
    }
    assert_snapshot!("clone_plan", shell.refused("plan pki.toml"));
    shell.edit("pki.toml", "\"Issuing\"", "\"Other\"");
    assert_snapshot!("clone_apply", shell.refused("apply pki.toml"));
}

#[test]
fn a_key_that_fits_no_certificate() {
    let shell = applied();
    let other = applied();
    shell.write("pki/three/www/key.pem", other.read("pki/three/www/key.pem"));
    assert_snapshot!("key_of_another", shell.refused("apply pki.toml"));
    shell.write("pki/three/www/key.pem", "no key\n");
    assert_snapshot!("key_broken", shell.refused("apply pki.toml"));
}

fn copy(from: &Shell, to: &Shell) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from.path("pki"))
        .arg(to.path("pki"))
        .status();
    assert!(status.unwrap().success());
}
