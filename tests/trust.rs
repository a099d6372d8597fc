//! `pkiform trust`: real stores take a root in and let it go, and real clients see it; what can't be is refused whole.

mod java;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::shell::Shell;

const SPEC: &str = r#"
spec = 1
name = "trusted"

[ca.root]
subject.common_name = "Trusted Root"
[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
[leaf.server]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "localhost"
san = ["dns:localhost", "ip:127.0.0.1"]
outputs = ["key", "cert", "fullchain"]
"#;

/// A PKI as of now, for the clients know no other moment.
fn applied() -> Shell {
    let shell = Shell::with(SPEC);
    let mut apply = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    apply.args(["apply", "pki.toml", "--quiet"]);
    said(apply.current_dir(shell.path("")));
    shell
}

/// Both outputs of a command that must succeed.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}{why}");
    said
}

/// Whether to go on without a program: CI goes without none.
#[expect(clippy::print_stderr, reason = "whoever goes without a tool is told")]
fn lacks(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |program: &str| std::env::split_paths(&path).any(|at| at.join(program).is_file());
    let lacking: Vec<&&str> = programs.iter().filter(|program| !has(program)).collect();
    if !lacking.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "{lacking:?} are missing");
        eprintln!("skipped: {lacking:?} are missing");
    }
    !lacking.is_empty()
}

/// Runs a script in a mount namespace, where it may lay what it likes over this machine's folders; nothing where the system
/// allows none.
#[expect(
    clippy::print_stderr,
    reason = "whoever goes without a namespace is told"
)]
fn apart(script: &str, shell: &Shell) -> Option<String> {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user"]);
        command
    };
    if !unshare()
        .arg("true")
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("skipped: this system allows no mount namespace");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/trust/{script}.sh"));
    let mut command = unshare();
    command
        .args(["timeout", "120"])
        .arg(script)
        .current_dir(shell.path(""))
        .env("PKIFORM", env!("CARGO_BIN_EXE_pkiform"));
    Some(said(&mut command))
}

#[test]
fn curl_believes_a_server_while_debian_trusts_its_root() {
    if lacks(&["update-ca-certificates", "curl", "openssl", "unshare"]) {
        return;
    }
    let Some(said) = apart("debian", &applied()) else {
        return;
    };
    assert_snapshot!(said, @r"
    refused (60)
    Trusted now: pkiform-trusted-root (debian).
      write /usr/local/share/ca-certificates/pkiform-trusted-root.crt
      update-ca-certificates
    accepted
    Trusted already: pkiform-trusted-root (debian).
    pkiform-trusted-root (CN=Trusted Root)
      debian: trusted
    Trusted no more: pkiform-trusted-root (debian).
    refused (60)
    pkiform-trusted-root (CN=Trusted Root)
      debian: not trusted
    exit 4
    ");
}

#[test]
fn an_image_trusts_by_its_own_program() {
    if lacks(&["update-ca-certificates", "unshare"]) {
        return;
    }
    let Some(said) = apart("image", &applied()) else {
        return;
    };
    assert_snapshot!(said, @r"
    pkiform-trusted-root (CN=Trusted Root)
      debian: not trusted
    exit 4
    Trusted now: pkiform-trusted-root (debian).
    pkiform-trusted-root (CN=Trusted Root)
      debian: trusted
    /usr/local/share/ca-certificates/pkiform-trusted-root.crt
    Trusted no more: pkiform-trusted-root (debian).
    pkiform-trusted-root (CN=Trusted Root)
      debian: not trusted
    exit 4
    ");
}

#[test]
fn p11_kit_takes_it_and_lets_it_go() {
    if lacks(&["trust", "unshare"]) {
        return;
    }
    let Some(said) = apart("p11-kit", &applied()) else {
        return;
    };
    assert_snapshot!(said, @r"
    pkiform-trusted-root (CN=Trusted Root)
      p11-kit: not trusted
    exit 4
    Trusted now: pkiform-trusted-root (p11-kit).
    pkiform-trusted-root (CN=Trusted Root)
      p11-kit: trusted
        label: Trusted Root
    Trusted no more: pkiform-trusted-root (p11-kit).
    pkiform-trusted-root (CN=Trusted Root)
      p11-kit: not trusted
    exit 4
    ");
}

/// What a store says before, during and after, and after the root was issued anew in between.
fn life(shell: &Shell, store: &str, mut judge: impl FnMut() -> bool) {
    let trust = |verb: &str| shell.run(&format!("trust {verb} pki.toml --store {store}"));
    assert!(!judge(), "before");
    trust("status").exits(4);
    trust("install").exits(0);
    assert!(judge(), "installed");
    trust("status").exits(0);
    let again = trust("install").exits(0);
    assert!(again.stdout.contains("Trusted already"), "{}", again.stdout);

    shell.edit(
        "pki.toml",
        "\"Trusted Root\"",
        "\"Trusted Root\"\nvalidity = \"5000d\"",
    );
    let mut apply = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    said(
        apply
            .args(["apply", "pki.toml", "--quiet"])
            .current_dir(shell.path("")),
    );
    let seen = trust("status").exits(4);
    assert!(
        seen.stdout.contains("another certificate"),
        "{}",
        seen.stdout
    );
    trust("install").exits(0);
    trust("status").exits(0);

    trust("remove").exits(0);
    assert!(!judge(), "removed");
    trust("status").exits(4);
    let again = trust("remove").exits(0);
    assert!(
        again.stdout.contains("Not trusted before"),
        "{}",
        again.stdout
    );
}

#[test]
fn nss_believes_a_server_while_its_database_has_the_root() {
    if lacks(&["certutil"]) {
        return;
    }
    let shell = applied();
    fs::create_dir(shell.path("nss")).unwrap();
    let certutil = |words: &[&str]| {
        let mut command = Command::new("certutil");
        command
            .args(words)
            .args(["-d", "sql:nss"])
            .current_dir(shell.path(""));
        command
    };
    said(&mut certutil(&["-N", "--empty-password"]));
    for id in ["issuing", "server"] {
        let path = format!("pki/trusted/{id}/cert.pem");
        said(&mut certutil(&["-A", "-n", id, "-t", ",,", "-i", &path]));
    }
    life(&shell, "nss:nss", || {
        certutil(&["-V", "-u", "V", "-n", "server"])
            .output()
            .unwrap()
            .status
            .success()
    });
}

#[test]
fn a_java_keystore_has_it_and_has_it_no_more() {
    if lacks(&["keytool"]) {
        return;
    }
    let shell = applied();
    life(&shell, "java:trust.p12", || {
        Command::new("keytool")
            .args(["-list", "-keystore", "trust.p12", "-storepass", "changeit"])
            .current_dir(shell.path(""))
            .output()
            .is_ok_and(|output| {
                String::from_utf8_lossy(&output.stdout).contains("trustedCertEntry")
            })
    });
}

#[test]
fn the_users_databases_are_found() {
    if lacks(&["certutil"]) {
        return;
    }
    let mut shell = applied();
    for folder in [".pki/nssdb", ".mozilla/firefox/abc.default"] {
        let path = shell.path(&format!("home/{folder}"));
        fs::create_dir_all(&path).unwrap();
        let mut make = Command::new("certutil");
        said(
            make.args(["-N", "--empty-password", "-d"])
                .arg(format!("sql:{}", path.display())),
        );
    }
    let home = shell.path("home").to_str().unwrap().to_owned();
    shell.set("HOME", &home);
    let seen = shell.run("trust status pki.toml --json").exits(4).json();
    let stores: Vec<&str> = seen["stores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["store"].as_str().unwrap())
        .filter(|store| store.starts_with("nss:"))
        .collect();
    assert_eq!(
        stores,
        [
            format!("nss:{home}/.pki/nssdb"),
            format!("nss:{home}/.mozilla/firefox/abc.default")
        ]
    );
}

#[test]
fn what_can_not_be_trusted_is_refused() {
    let shell = Shell::with(SPEC);
    let install = "trust install pki.toml --store java:t.p12";
    assert_snapshot!("not-applied", shell.refused(install));
    shell.run("apply pki.toml").exits(0);
    assert_snapshot!("no-root", shell.refused(&format!("{install} --ca issuing")));
    assert_snapshot!("no-such-ca", shell.refused(&format!("{install} --ca rot")));
    assert_snapshot!(
        "an-image-of-another-kind",
        shell.refused("trust install pki.toml --root . --store java")
    );
    assert_snapshot!(
        "no-image",
        shell.refused("trust install pki.toml --root nowhere")
    );
    let wrong = shell.run("trust install pki.toml --store netscape");
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("the stores: debian,"),
        "{}",
        wrong.stderr
    );

    let mut lacking = Shell::with(SPEC);
    lacking.run("apply pki.toml").exits(0);
    lacking.set("PATH", "/nowhere");
    assert_snapshot!("no-keytool", lacking.refused(install));
}

#[test]
fn a_root_whose_key_everybody_has_is_refused_unless_it_is_said() {
    if lacks(&["keytool"]) {
        return;
    }
    let shell = Shell::with(SPEC);
    shell.edit(
        "pki.toml",
        "name = \"trusted\"\n",
        "name = \"trusted\"\nreproducible = { seed = { insecure_default = \"everybody has it, surely\" }, epoch = \"month\" }\ndefaults.validity = \"90d\"\n",
    );
    shell.run("apply pki.toml").exits(0);
    let install = "trust install pki.toml --store java:t.p12";
    assert_snapshot!("everybodys-key", shell.refused(install));
    shell
        .run(&format!("{install} --allow-insecure-key"))
        .exits(0);
    // To take it out is always right.
    shell
        .run("trust remove pki.toml --store java:t.p12")
        .exits(0);
}

#[test]
fn a_store_that_needs_root_stays_as_it_was() {
    if lacks(&["setpriv", "update-ca-certificates"]) {
        return;
    }
    let mut shell = Shell::with(SPEC);
    shell.run("apply pki.toml").exits(0);
    let folder = shell.path("");
    if fs::metadata(&folder).unwrap().uid() == 0 {
        // Somebody else may read the spec and the store.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        shell.above(&["setpriv", "--reuid=65534", "--clear-groups"]);
    }
    assert_snapshot!(
        "needs-root",
        shell.refused("trust install pki.toml --store debian")
    );
}

#[test]
fn what_fails_half_way_is_taken_back() {
    let mut shell = Shell::with(SPEC);
    shell.run("apply pki.toml").exits(0);
    fs::create_dir_all(shell.path("image/usr/local/share/ca-certificates")).unwrap();
    // A program of the image that fails.
    shell.write("bin/chroot", "#!/bin/sh\necho no such image >&2\nexit 1\n");
    fs::set_permissions(shell.path("bin/chroot"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        shell.path("bin").display(),
        std::env::var("PATH").unwrap()
    );
    shell.set("PATH", &path);
    assert_snapshot!(
        "half-way",
        shell.refused("trust install pki.toml --root image")
    );
    // And one that does nothing, and says that all is well.
    shell.write("bin/chroot", "#!/bin/sh\n");
    assert_snapshot!(
        "in-vain",
        shell.refused("trust install pki.toml --root image")
    );
}

/// A keystore that can't be opened, or a database that is not there, is not one without the root.
#[test]
fn a_store_that_can_not_be_read_is_no_store_without_it() {
    if lacks(&["keytool", "certutil"]) {
        return;
    }
    let mut shell = applied();
    let java = "pki.toml --store java:t.p12 --storepass env:PASSWORD";
    shell.set("PASSWORD", "of-its-own");
    let install = shell.run(&format!("trust install {java}")).exits(0);
    assert!(
        install.stderr.contains("-storepass:env PASSWORD"),
        "{}",
        install.stderr
    );
    shell.run(&format!("trust status {java}")).exits(0);
    shell.set("PASSWORD", "another");
    let seen = shell.run(&format!("trust status {java}")).exits(4);
    assert!(
        seen.stdout.contains("not known: keytool error: "),
        "{}",
        seen.stdout
    );
    shell.run(&format!("trust remove {java}")).exits(1);
    shell
        .run("trust status pki.toml --store java:t.p12")
        .exits(4);
    shell.set("PASSWORD", "of-its-own");
    shell.run(&format!("trust remove {java}")).exits(0);
    shell.run(&format!("trust status {java}")).exits(4);
    let open = shell.run("trust status pki.toml --storepass changeit");
    assert_eq!(open.code, Some(2), "{}", open.stderr);

    let nss = "pki.toml --store nss:nowhere";
    let seen = shell.run(&format!("trust status {nss}")).exits(4);
    assert!(
        seen.stdout.contains("not known: certutil: "),
        "{}",
        seen.stdout
    );
    shell.run(&format!("trust remove {nss}")).exits(1);
    shell.run(&format!("trust install {nss}")).exits(1);
}

#[test]
fn a_certificate_that_was_changed_or_has_ended_is_refused() {
    let (shell, other) = (applied(), applied());
    let install = "trust install pki.toml --store java:t.p12";
    let ended = shell.run(&format!("{install} --now 2400-01-01")).exits(1);
    assert!(
        ended
            .stderr
            .contains("the certificate of pkiform-trusted-root ended on "),
        "{}",
        ended.stderr
    );
    let root = "pki/trusted/root/cert.pem";
    fs::copy(other.path(root), shell.path(root)).unwrap();
    assert_snapshot!("another-certificate", shell.refused(install));
    assert!(!shell.path("t.p12").exists());
}

#[test]
fn a_link_out_of_an_image_is_not_followed() {
    let shell = applied();
    fs::create_dir_all(shell.path("image/usr/local")).unwrap();
    fs::create_dir_all(shell.path("outside/ca-certificates")).unwrap();
    std::os::unix::fs::symlink(shell.path("outside"), shell.path("image/usr/local/share")).unwrap();
    assert_snapshot!(
        "a-link-out",
        shell.refused("trust install pki.toml --root image")
    );
    assert_eq!(
        fs::read_dir(shell.path("outside/ca-certificates"))
            .unwrap()
            .count(),
        0
    );
}

/// A user's PATH ends before /usr/sbin.
#[test]
fn the_systems_store_is_found_by_a_user() {
    if !Path::new("/usr/sbin/update-ca-certificates").is_file() {
        return;
    }
    let mut shell = applied();
    shell.set("PATH", "/nowhere");
    let seen = shell.run("trust status pki.toml --json").exits(4).json();
    assert_eq!(seen["stores"][0]["store"], "debian");
}
