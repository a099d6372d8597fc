//! The lists judged by others: openssl, rustls-webpki, GnuTLS, Go, pkilint.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustls_pki_types::{CertificateDer, UnixTime};

use super::{SPEC, revoke};
use crate::support::{Pki, Run};

/// Every family of algorithms that these judges know.
const ALGORITHMS: [&str; 4] = ["ecdsa-p256", "rsa-2048", "ed25519", "ecdsa-p384"];

fn made(algorithm: &str) -> Pki {
    // Not every judge can be told another time than the present one.
    let now = jiff::Timestamp::now().to_string();
    let pki = Pki::new(&format!("{SPEC}\n[defaults]\nkey = \"{algorithm}\"\n")).now(&now);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-20");
    pki.edit(
        "date = \"2026-11-20\" }",
        "date = \"2026-11-20\", invalidity_date = \"2026-11-19\" }",
    );
    pki.apply().succeeds();
    pki
}

fn ours(program: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/judges")
        .join(program)
}

/// Whether to go on without the judges: CI goes without none.
fn without_judges() -> bool {
    std::env::var_os("CI").is_none() && std::env::var_os("PKIFORM_SKIP_JUDGES").is_some()
}

/// Certificates and lists of the whole path in one file each.
fn bundle(pki: &Pki, name: &str, files: &[&str]) -> PathBuf {
    let path = pki.beside(name);
    let all: Vec<u8> = files.iter().flat_map(|file| pki.read(file)).collect();
    fs::write(&path, all).unwrap();
    path
}

#[test]
fn openssl_refuses_the_revoked_one_alone() {
    if without_judges() {
        return;
    }
    for algorithm in ALGORITHMS {
        let pki = made(algorithm);
        let roots = bundle(
            &pki,
            "roots.pem",
            &["root/cert.pem", "root/crl.pem", "issuing/crl.pem"],
        );
        let verify = |id: &str| {
            let mut command = Command::new("openssl");
            command
                .args(["verify", "-x509_strict", "-crl_check_all", "-CAfile"])
                .arg(&roots)
                .arg("-untrusted")
                .arg(pki.path("issuing/cert.pem"))
                .arg(pki.path(&format!("{id}/cert.pem")));
            Run::of(command)
        };
        verify("api").succeeds();
        verify("www").exits(2).says("certificate revoked");
        let mut shown = Command::new("openssl");
        shown
            .args(["crl", "-noout", "-text", "-in"])
            .arg(pki.path("issuing/crl.pem"));
        let shown = Run::of(shown).succeeds().says("Key Compromise");
        shown.says("Invalidity Date").says("X509v3 CRL Number");
    }
}

#[test]
fn webpki_refuses_the_revoked_one_alone() {
    for algorithm in ALGORITHMS {
        let pki = made(algorithm);
        let der = |path: &str| {
            pkiform::x509::pem::certificates(&pki.read(path))
                .unwrap()
                .remove(0)
        };
        let lists: Vec<webpki::CertRevocationList<'_>> = ["root/crl.pem", "issuing/crl.pem"]
            .iter()
            .map(|path| {
                let block = pkiform::x509::pem::decode(&pki.read(path))
                    .unwrap()
                    .remove(0);
                webpki::OwnedCertRevocationList::from_der(&block.der)
                    .unwrap()
                    .into()
            })
            .collect();
        let lists: Vec<&webpki::CertRevocationList<'_>> = lists.iter().collect();
        let revocation = webpki::RevocationOptionsBuilder::new(&lists)
            .unwrap()
            .with_depth(webpki::RevocationCheckDepth::Chain)
            .with_expiration_policy(webpki::ExpirationPolicy::Enforce)
            .build();
        let root = der("root/cert.pem");
        let root = CertificateDer::from(root);
        let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
        let issuing = [CertificateDer::from(der("issuing/cert.pem"))];
        let verify = |id: &str| {
            let end = CertificateDer::from(der(&format!("{id}/cert.pem")));
            webpki::EndEntityCert::try_from(&end)
                .unwrap()
                .verify_for_usage(
                    webpki::ALL_VERIFICATION_ALGS,
                    &anchors,
                    &issuing,
                    UnixTime::now(),
                    webpki::KeyUsage::server_auth(),
                    Some(revocation),
                    None,
                )
                .map(drop)
        };
        verify("api").unwrap();
        assert_eq!(
            verify("www"),
            Err(webpki::Error::CertRevoked),
            "{algorithm}"
        );
    }
}

#[test]
fn gnutls_refuses_the_revoked_one_alone() {
    if without_judges() {
        return;
    }
    for algorithm in ALGORITHMS {
        let pki = made(algorithm);
        let lists = bundle(&pki, "lists.pem", &["root/crl.pem", "issuing/crl.pem"]);
        let verify = |id: &str| {
            let chain = bundle(
                &pki,
                "chain.pem",
                &[&format!("{id}/cert.pem"), "issuing/cert.pem"],
            );
            let mut command = Command::new("certtool");
            command
                .args(["--verify", "--verify-profile=none", "--load-ca-certificate"])
                .arg(pki.path("root/cert.pem"))
                .arg("--load-crl")
                .arg(&lists)
                .arg("--infile")
                .arg(chain);
            Run::of(command)
        };
        verify("api").succeeds().says("The certificate is trusted");
        let run = verify("www");
        assert_ne!(run.code, Some(0));
        run.says("revoked");
    }
}

#[test]
fn pkilint_finds_no_error_in_a_list() {
    if without_judges() {
        return;
    }
    let pki = made("ecdsa-p256");
    for list in ["root/crl.pem", "issuing/crl.pem"] {
        let mut command = Command::new(ours("venv/bin/lint_crl"));
        command
            .args(["lint", "-t", "crl", "-p", "pkix", "-s", "ERROR"])
            .arg(pki.path(list));
        let run = Run::of(command).succeeds();
        assert_eq!(run.stdout.trim(), "", "{list}");
    }
}

/// One device for each reason there is.
#[test]
fn every_reason_is_read_by_others() {
    if without_judges() {
        return;
    }
    let reasons =
        pkiform::catalog::RevocationReason::ALL.map(pkiform::catalog::RevocationReason::id);
    let items: Vec<String> = reasons
        .iter()
        .enumerate()
        .map(|(at, reason)| {
            format!(
                "{{ item = \"{}\", reason = \"{reason}\", date = \"2026-11-{:02}\", invalidity_date = \"2026-10-01\" }}",
                at + 1,
                at + 1
            )
        })
        .collect();
    let now = jiff::Timestamp::now().to_string();
    let pki = Pki::new(&format!(
        "{SPEC}\n[leaf.d]\nissuer = \"issuing\"\ncount = {}\nsubject.common_name = \"d{{{{ index }}}}\"\nrevoked = [{}]\n",
        reasons.len(),
        items.join(", ")
    ))
    .now(&now);
    pki.apply().succeeds();
    let mut command = Command::new(ours("venv/bin/lint_crl"));
    command
        .args(["lint", "-t", "crl", "-p", "pkix", "-s", "ERROR"])
        .arg(pki.path("issuing/crl.pem"));
    let run = Run::of(command).succeeds();
    assert_eq!(run.stdout.trim(), "");
    let mut shown = Command::new("openssl");
    shown
        .args(["crl", "-noout", "-text", "-in"])
        .arg(pki.path("issuing/crl.pem"));
    let run = Run::of(shown).succeeds();
    assert_eq!(run.stdout.matches("Serial Number:").count(), 9);
    assert_eq!(
        run.stdout.matches("CRL Reason Code").count(),
        8,
        "unspecified is not said"
    );
    assert_eq!(run.stdout.matches("Oct  1 00:00:00 2026").count(), 9);
    let mut shown = Command::new("certtool");
    shown
        .args(["--crl-info", "--infile"])
        .arg(pki.path("issuing/crl.pem"));
    let run = Run::of(shown).succeeds();
    run.says("Revoked certificates (9)");
}

#[test]
fn go_reads_the_lists_and_their_signatures() {
    if without_judges() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("go.mod"), "module judge\n\ngo 1.24\n").unwrap();
    fs::write(folder.path().join("main.go"), GO).unwrap();
    let mut build = Command::new(ours("venv/bin/go"));
    build
        .args(["build", "-o", "judge", "."])
        .current_dir(&folder)
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off")])
        .env("GOCACHE", ours("go-cache"));
    Run::of(build).succeeds();
    for algorithm in ALGORITHMS {
        let pki = made(algorithm);
        let mut judge = Command::new(folder.path().join("judge"));
        judge.args([pki.path("issuing/cert.pem"), pki.path("issuing/crl.pem")]);
        let run = Run::of(judge).succeeds();
        assert_eq!(run.stdout, format!("2 {} 1\n", super::serial(&pki, "www")));
    }
}

/// Prints the number, and each serial with its reason code.
const GO: &str = r#"package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func read(path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	return block.Bytes
}

func main() {
	ca, err := x509.ParseCertificate(read(os.Args[1]))
	if err != nil {
		panic(err)
	}
	list, err := x509.ParseRevocationList(read(os.Args[2]))
	if err != nil {
		panic(err)
	}
	if err := list.CheckSignatureFrom(ca); err != nil {
		panic(err)
	}
	fmt.Print(list.Number)
	for _, entry := range list.RevokedCertificateEntries {
		fmt.Printf(" %x %d", entry.SerialNumber, entry.ReasonCode)
	}
	fmt.Println()
}
"#;
