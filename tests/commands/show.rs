//! `show` on files that others made, on bundles, and on what comes through a pipe.

use super::folder::{Folder, SMALL};

/// A request of OpenSSL's making, PEM.
fn request() -> Vec<u8> {
    let key = openssl::pkey::PKey::ec_gen("P-256").unwrap();
    let mut name = openssl::x509::X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "asked.example").unwrap();
    let mut builder = openssl::x509::X509ReqBuilder::new().unwrap();
    builder.set_subject_name(&name.build()).unwrap();
    builder.set_pubkey(&key).unwrap();
    let digest = openssl::hash::MessageDigest::sha256();
    builder.sign(&key, digest).unwrap();
    builder.build().to_pem().unwrap()
}

#[test]
fn a_request_is_read_and_tried_with_its_own_key() {
    let folder = Folder::new();
    let good = request();
    folder.write("good.csr", &good);
    let ran = folder.run("show good.csr");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for said in ["CN=asked.example", "ecdsa-p256", "by its own key"] {
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("not by its own key"));
    let data = folder.run("show good.csr --json").json();
    assert_eq!(data["signed_by_its_key"], true);

    let mut der = pem(&good);
    let at = der.windows(5).position(|five| five == b"asked").unwrap();
    der[at] = b'b';
    folder.write("changed.csr", &der);
    let ran = folder.run("show changed.csr");
    assert!(ran.stdout.contains("CN=bsked.example"), "{}", ran.stdout);
    assert!(ran.stdout.contains("not by its own key"), "{}", ran.stdout);
    let data = folder.run("show changed.csr --json").json();
    assert_eq!(data["signed_by_its_key"], false);
}

fn pem(text: &[u8]) -> Vec<u8> {
    let request = openssl::x509::X509Req::from_pem(text).unwrap();
    request.to_der().unwrap()
}

#[test]
fn the_certificates_of_a_bundle_are_numbered() {
    let spec = SMALL
        .replace("issuer = \"root\"", "issuer = \"web\"")
        .replace(
            "[leaf.www]",
            "[ca.web]\nissuer = \"root\"\nsubject.common_name = \"Web\"\n\n[leaf.www]",
        );
    let folder = Folder::with(&spec);
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    let said = folder.run("show pki/small/www/fullchain.pem").stdout;
    let first = said.find("Certificate 1 of 2").unwrap();
    let leaf = said.find("CN=www").unwrap();
    let second = said.find("Certificate 2 of 2").unwrap();
    assert!(first < leaf && leaf < second, "{said}");
    let alone = folder.run("show pki/small/www/cert.pem").stdout;
    assert!(!alone.contains("Certificate 1"), "{alone}");
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = Folder::with(SMALL);
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    let certificate = std::fs::read(folder.path().join("pki/small/www/cert.pem")).unwrap();
    let output = folder
        .command("show -")
        .write_stdin(certificate)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        said,
        folder.run("show pki/small/www/cert.pem").stdout,
        "read from a pipe"
    );
    let output = folder.command("show -").write_stdin("x").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("standard input holds no certificate"),
        "{said}"
    );
}

#[test]
fn manual_pages_get_a_folder() {
    let folder = Folder::new();
    assert_eq!(folder.run("man --dir share/man1").code, Some(0));
    assert!(folder.has("share/man1/pkiform-apply.1"));
}
