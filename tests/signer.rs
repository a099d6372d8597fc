//! One process holds the CA's key and signs for workers that have none; what it should not sign it refuses.
#![cfg(unix)]
#![expect(
    clippy::disallowed_types,
    reason = "the signer is run, and ended, as a process"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;

const SPEC: &str = r#"spec = 1
name = "signed"

[ca.root]
subject.common_name = "Root"
validity = "10y"

[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
validity = "5y"
outputs = ["key", "cert", "crl"]

[leaf.device]
issuer = "issuing"
profile = "tls-client"
count = 60
pack = "sqlite"
subject.common_name = "{{ id }}"
validity = "1y"

[leaf.loose]
issuer = "issuing"
profile = "tls-client"
subject.common_name = "loose"
validity = "1y"
"#;

fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(cargo_bin("pkiform"));
    command
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "1795608000")
        .args(arguments.split_whitespace());
    command
}

fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let output = command(folder, arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

fn good(folder: &Path, arguments: &str) -> String {
    let (code, said) = run(folder, arguments);
    assert_eq!(code, 0, "{arguments}: {said}");
    said
}

/// A signer under way; it is ended with the test.
struct Signing(Child);

impl Drop for Signing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signer(folder: &Path, flags: &str) -> Signing {
    let mut child = command(folder, &format!("signer pki.toml --listen sock {flags}"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("Signing for "), "{line}");
    Signing(child)
}

/// A store with CAs alone, and copies of it without their keys, one a worker.
fn workers(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("pki.toml"), SPEC).unwrap();
    good(at, "apply pki.toml --target root --target issuing --quiet");
    for worker in 1..=count {
        let copied = Command::new("cp")
            .current_dir(at)
            .args(["-a", "pki/signed", &format!("w{worker}")])
            .status();
        assert!(copied.unwrap().success());
        for ca in ["root", "issuing"] {
            std::fs::remove_file(at.join(format!("w{worker}/{ca}/key.pem"))).unwrap();
        }
    }
    folder
}

/// A list that is due, and one that a member asks for which is revoked as it is issued.
#[test]
fn lists_are_signed_too() {
    let folder = workers(2);
    let at = folder.path();
    let _signing = signer(at, "--ca issuing");
    good(at, "apply pki.toml --out w1 --shard 1/2 --signer sock");
    let later = "apply pki.toml --out w1 --shard 1/2 --signer sock --now 2026-12-24T12:00:00Z";
    let said = good(at, later);
    assert!(said.contains("crl.pem"), "{said}");
    let revoked = SPEC.replace(
        "pack = \"sqlite\"\n",
        "pack = \"sqlite\"\nrevoked = [{ item = \"3\", date = \"2026-11-26\" }]\n",
    );
    std::fs::write(at.join("pki.toml"), revoked).unwrap();
    good(at, "apply pki.toml --out w2 --signer sock --now 2026-11-27");
    let listed = Command::new("openssl")
        .current_dir(at)
        .args([
            "crl",
            "-in",
            "w2/issuing/crl.pem",
            "-noout",
            "-text",
            "-CAfile",
            "w2/issuing/cert.pem",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(text.matches("Serial Number: ").count(), 1, "{text}");
    assert!(String::from_utf8_lossy(&listed.stderr).contains("verify OK"));
    good(at, "verify pki.toml --out w2 --now 2026-11-27");
}

#[test]
fn workers_without_a_key_make_what_one_with_it_verifies() {
    let folder = workers(2);
    let at = folder.path();
    let alone = run(at, "apply pki.toml --out w1 --shard 1/2");
    assert_eq!(alone.0, 1, "{}", alone.1);
    let signing = signer(at, "--ca issuing");
    assert_eq!(
        std::fs::metadata(at.join("sock")).unwrap().mode() & 0o777,
        0o600
    );
    let blind = run(at, "plan pki.toml --out w1 --shard 1/2");
    assert_eq!(blind.0, 1, "{}", blind.1);
    good(at, "plan pki.toml --out w1 --shard 1/2 --signer sock");
    good(at, "apply pki.toml --out w1 --shard 1/2 --signer sock");
    // A plan that was seen is carried out with the signer too, and with nothing else.
    good(
        at,
        "plan pki.toml --out w2 --shard 2/2 --signer sock --save p.json",
    );
    assert_eq!(run(at, "apply p.json --yes").0, 1);
    good(at, "apply p.json --signer sock");
    drop(signing);
    good(at, "merge pki.toml w1 w2 --out whole");
    for ca in ["root", "issuing"] {
        std::fs::copy(
            at.join(format!("pki/signed/{ca}/key.pem")),
            at.join(format!("whole/{ca}/key.pem")),
        )
        .unwrap();
    }
    let verified = run(at, "verify pki.toml --out whole").1;
    assert!(
        verified.contains("62 certificates chain to root") || verified.contains("63 certificates"),
        "{verified}"
    );
}

#[test]
fn a_signer_that_is_gone_is_said_and_the_next_run_goes_on() {
    let folder = workers(1);
    let at = folder.path();
    let mut seen = run(at, "apply pki.toml --out w1 --signer sock").1;
    // A socket that a dead process left.
    drop(std::os::unix::net::UnixListener::bind(at.join("sock")).unwrap());
    seen.push_str(&run(at, "apply pki.toml --out w1 --signer sock").1);
    let signing = signer(at, "--ca issuing");
    seen.push_str(&run(at, "signer pki.toml --listen sock").1);
    seen.push_str(&run(at, "signer pki.toml --listen pki.toml").1);
    seen.push_str(&run(at, "signer pki.toml --listen other --ca device-1").1);
    good(at, "apply pki.toml --out w1 --signer sock");
    drop(signing);
    insta::assert_snapshot!("gone", seen);
    // Another CA of the same name is not the one whose certificate is here.
    good(
        at,
        "apply pki.toml --out pki/other --target issuing --quiet",
    );
    let _signing = signer(at, "--ca issuing --out pki/other");
    std::fs::remove_file(at.join("w1/device.sqlite")).unwrap();
    let (code, said) = run(
        at,
        "apply pki.toml --out w1 --signer sock --yes --allow-key-replacement=device",
    );
    assert_eq!(code, 1);
    assert!(
        said.contains("the private key of `issuing` is not there"),
        "{said}"
    );
}

#[test]
fn what_is_no_certificate_of_its_ca_is_refused() {
    let folder = workers(0);
    let at = folder.path();
    let _signing = signer(at, "");
    let ask = |line: &str| {
        let mut stream = UnixStream::connect(at.join("sock")).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer
    };
    let sign = |ca: &str, tbs: &[u8]| {
        let tbs = data_encoding::BASE64.encode(tbs);
        ask(&format!(
            "{{\"version\":1,\"sign\":{{\"ca\":\"{ca}\",\"digest\":null,\"deterministic\":false,\"tbs\":\"{tbs}\"}}}}"
        ))
    };
    // The TBSCertificate of the intermediate itself: a CA's, issued by the root.
    let mut der = Vec::new();
    let converted = Command::new("openssl")
        .current_dir(at)
        .args([
            "x509",
            "-in",
            "pki/signed/issuing/cert.pem",
            "-outform",
            "DER",
        ])
        .output()
        .unwrap();
    der.extend(converted.stdout);
    let tbs = pkiform::x509::Certificate::parse(&der)
        .unwrap()
        .tbs_der()
        .to_vec();
    let mut seen = String::new();
    for answer in [
        ask("no request"),
        ask("{\"version\":9}"),
        sign("nobody", b"x"),
        sign("issuing", b"a text to be signed"),
        sign("issuing", &tbs),
        sign("root", &tbs),
    ] {
        seen.push_str(&answer);
    }
    insta::assert_snapshot!("refused", seen);
    // What never ends is cut off.
    let mut stream = UnixStream::connect(at.join("sock")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let _ = stream.write_all(&vec![b'x'; 5 * 1024 * 1024]);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    assert!(ask("{\"version\":1}").contains("\"cas\""));
}
