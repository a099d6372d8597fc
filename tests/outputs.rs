//! Deployable outputs: real servers start with them and clients of another make connect; what names or holds too little is
//! refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::shell::Shell;

const SPEC: &str = r#"
spec = 1
name = "out"

[ca.root]
subject.common_name = "Out Root"
outputs = ["key", "cert", "crl", "hashed", "crl-hashed"]

[ca.issuing]
issuer = "root"
subject.common_name = "Out Issuing"
outputs = ["key", "cert", "crl", "hashed", "crl-hashed"]

[leaf.server]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "localhost"
san = ["dns:localhost", "ip:127.0.0.1"]
outputs = ["key", "cert", "fullchain", "trust", "combined", "truststore", "kubernetes-secret", "nginx", "mosquitto", "postgresql"]
allow = ["single-label"]

[leaf.client]
issuer = "issuing"
profile = "tls-client"
subject.common_name = "alice"
outputs = ["key", "cert", "fullchain"]
"#;

const STORE: &str = "pki/out";

/// The PKI as of now, for servers and clients know no other moment.
fn applied() -> Shell {
    let shell = Shell::with(SPEC);
    let mut apply = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    said(
        apply
            .args(["apply", "pki.toml", "--quiet"])
            .current_dir(shell.path("")),
    );
    shell
}

/// What a command says that must succeed.
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
fn lacks(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let lacks = !folders.iter().any(|folder| folder.join(program).is_file());
    if lacks {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        eprintln!("skipped: {program} is missing");
    }
    lacks
}

fn serve(script: &str, shell: &Shell) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = shell.path("work");
    fs::create_dir(&work).unwrap();
    // A server that is somebody else must get there.
    fs::set_permissions(shell.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    said(
        Command::new("timeout")
            .arg("120")
            .arg(root.join(format!("tests/outputs/{script}.sh")))
            .arg(&work)
            .current_dir(shell.path(STORE))
            .env("PYTHON", root.join("target/judges/venv/bin/python")),
    )
}

#[test]
fn nginx_starts_and_clients_connect() {
    if lacks("nginx") || lacks("gnutls-cli") || lacks("curl") {
        return;
    }
    assert_snapshot!(serve("nginx", &applied()), @r"
    GnuTLS connects
    CN=alice SUCCESS
    without a certificate: 400
    ");
}

#[test]
fn haproxy_starts_and_clients_connect() {
    if lacks("haproxy") || lacks("gnutls-cli") || lacks("curl") {
        return;
    }
    assert_snapshot!(serve("haproxy", &applied()), @r"
    GnuTLS connects
    alice
    without a certificate: refused
    ");
}

#[test]
fn mosquitto_starts_and_clients_connect() {
    if lacks("mosquitto") {
        return;
    }
    assert_snapshot!(serve("mosquitto", &applied()), @r"
    with a certificate: connected
    without a certificate: refused
    ");
}

#[test]
fn postgresql_starts_and_clients_log_in_by_their_certificates() {
    if lacks("initdb") {
        return;
    }
    assert_snapshot!(serve("postgresql", &applied()), @r"
    alice
    without a certificate: refused
    pg8000: alice
    ");
}

#[test]
fn openssl_finds_issuers_and_lists_in_the_hashed_folder() {
    let shell = applied();
    let store = shell.path(STORE);
    let mut verify = Command::new("openssl");
    verify
        .args([
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-CApath",
            "hashed",
        ])
        .args(["client/cert.pem", "server/cert.pem"])
        .current_dir(&store);
    said(&mut verify);
    // OpenSSL's own program names them the same.
    let copy = shell.path("again");
    fs::create_dir(&copy).unwrap();
    for (id, file) in [
        ("root", "cert"),
        ("root", "crl"),
        ("issuing", "cert"),
        ("issuing", "crl"),
    ] {
        let from = store.join(format!("{id}/{file}.pem"));
        fs::copy(from, copy.join(format!("{id}-{file}.pem"))).unwrap();
    }
    said(Command::new("openssl").arg("rehash").arg(&copy));
    for entry in fs::read_dir(store.join("hashed")).unwrap().flatten() {
        let theirs = fs::read(copy.join(entry.file_name())).unwrap();
        assert_eq!(fs::read(entry.path()).unwrap(), theirs, "{entry:?}");
    }
    assert_eq!(fs::read_dir(store.join("hashed")).unwrap().count(), 4);
}

#[test]
fn java_takes_the_truststore_under_any_password_and_none() {
    if lacks("keytool") {
        return;
    }
    let shell = applied();
    for password in [
        &["-storepass", "changeit"][..],
        &["-storepass", "any other"],
        &[],
    ] {
        let said = said(
            Command::new("keytool")
                .args(["-list", "-keystore", "server/truststore.p12"])
                .args(password)
                .current_dir(shell.path(STORE)),
        );
        assert!(said.contains("out root, "), "{said}");
        assert!(said.contains("trustedCertEntry"), "{said}");
    }
}

#[test]
fn kubectl_reads_the_secret_as_it_would_make_it() {
    if lacks("kubectl") {
        return;
    }
    let shell = applied();
    let kubectl = |words: &[&str]| -> serde_json::Value {
        let mut command = Command::new("kubectl");
        command.args(words).current_dir(shell.path(STORE));
        // No cluster of the user's.
        command.env("KUBECONFIG", "/dev/null");
        serde_json::from_str(&said(&mut command)).unwrap()
    };
    let ours = kubectl(&[
        "label",
        "--local",
        "-f",
        "server/secret.yaml",
        "a=b",
        "-o",
        "json",
    ]);
    let theirs = kubectl(&[
        "create",
        "secret",
        "tls",
        "server",
        "--cert=server/fullchain.pem",
        "--key=server/key.pem",
        "--dry-run=client",
        "-o",
        "json",
    ]);
    assert_eq!(ours["type"], theirs["type"]);
    assert_eq!(ours["kind"], "Secret");
    assert_eq!(ours["metadata"]["name"], "server");
    for name in ["tls.crt", "tls.key"] {
        assert_eq!(ours["data"][name], theirs["data"][name], "{name}");
    }
    let root = fs::read(shell.path(STORE).join("root/cert.pem")).unwrap();
    let ca = ours["data"]["ca.crt"].as_str().unwrap();
    assert_eq!(data_encoding::BASE64.decode(ca.as_bytes()).unwrap(), root);
}

#[test]
fn what_holds_a_key_is_closed_to_others_and_the_rest_is_not() {
    let shell = applied();
    let mode = |file: &str| {
        let path = shell.path(STORE).join("server").join(file);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    for (file, wanted) in [
        ("combined.pem", 0o600),
        ("secret.yaml", 0o600),
        ("truststore.p12", 0o644),
        ("nginx.conf", 0o644),
        ("mosquitto.conf", 0o644),
        ("postgresql.conf", 0o644),
    ] {
        assert_eq!(mode(file), wanted, "{file}");
    }
}

/// The files of the server that a run changes.
fn changed(shell: &Shell, change: impl FnOnce()) -> Vec<String> {
    let before = shell.seen();
    change();
    shell.run("apply pki.toml").exits(0);
    shell.run("verify pki.toml").exits(0);
    let again = shell.run("plan pki.toml --detailed-exitcode").exits(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    let after = shell.seen();
    after
        .iter()
        .filter(|(path, seen)| before.get(*path).map(|seen| &seen.0) != Some(&seen.0))
        .filter_map(|(path, _)| path.strip_prefix("pki/out/server/").map(str::to_owned))
        .collect()
}

#[test]
fn a_change_reaches_what_hangs_on_it_and_nothing_else() {
    let shell = Shell::with(SPEC);
    shell.run("apply pki.toml").exits(0);
    shell.run("plan pki.toml --detailed-exitcode").exits(0);
    let deployed = changed(&shell, || {
        shell.edit(
            "pki.toml",
            "profile = \"tls-server\"",
            "profile = \"tls-server\"\ndeploy_dir = \"/etc/tls\"",
        );
    });
    assert_eq!(
        deployed,
        ["mosquitto.conf", "nginx.conf", "postgresql.conf"]
    );
    assert!(
        shell
            .read("pki/out/server/nginx.conf")
            .contains("\"/etc/tls/fullchain.pem\"")
    );

    let issuing = changed(&shell, || {
        shell.edit(
            "pki.toml",
            "\"Out Issuing\"",
            "\"Out Issuing\"\nvalidity = \"900d\"",
        );
    });
    assert_eq!(issuing, ["combined.pem", "fullchain.pem", "secret.yaml"]);

    let root = changed(&shell, || {
        shell.edit(
            "pki.toml",
            "\"Out Root\"",
            "\"Out Root\"\nvalidity = \"5000d\"",
        );
    });
    assert_eq!(root, ["secret.yaml", "trust.pem", "truststore.p12"]);

    let by_hand = changed(&shell, || {
        shell.write("pki/out/server/combined.pem", "mine");
    });
    assert!(by_hand.is_empty(), "it is as it was: {by_hand:?}");

    let gone = changed(&shell, || {
        shell.edit("pki.toml", "\"combined\", ", "");
    });
    assert!(gone.is_empty(), "{gone:?}");
    assert!(!shell.path("pki/out/server/combined.pem").exists());
}

#[test]
fn what_names_or_holds_too_little_is_refused() {
    let with = |from: &str, to: &str| {
        let shell = Shell::with(SPEC);
        shell.edit("pki.toml", from, to);
        shell.refused("apply pki.toml")
    };
    assert_snapshot!(
        "no-fullchain",
        with("\"cert\", \"fullchain\", \"trust\"", "\"cert\", \"trust\"")
    );
    assert_snapshot!(
        "no-kubernetes-name",
        with("[leaf.server]", "[leaf.Server_1]")
    );
    assert_snapshot!(
        "encrypted-key",
        with(
            "profile = \"tls-server\"",
            "profile = \"tls-server\"\nkey_encryption = { passphrase = \"env:KEY\" }"
        )
    );
    assert_snapshot!(
        "deploy-dir",
        with(
            "profile = \"tls-server\"",
            "profile = \"tls-server\"\ndeploy_dir = 'C:\\tls'"
        )
    );
    assert_snapshot!(
        "one-subject-twice",
        with(
            "\"Out Issuing\"",
            "\"Out Root\"\nallow = [\"same-subject-as-issuer\"]"
        )
    );
    assert_snapshot!(
        "crl-of-a-leaf",
        with("\"nginx\"", "\"crl-hashed\", \"nginx\"")
    );
}
