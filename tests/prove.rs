//! `pkiform prove`: a proof of possession for any CA, again and again, and nothing else changes.

use std::fs;
use std::path::Path;
use std::process::Command;

use pkiform::x509::{Certificate, pem};

use crate::support::{Pki, Run};

const CODE: &str = "106A5SD242AF512B3498BD6098C4941E66R34H268DDB3288";

const SPEC: &str = r#"
spec = 1
name = "proving"

[defaults]
subject = { organization = "Contoso", country = "US" }

[ca.root]
subject.common_name = "Root"
[ca.chain]
issuer = "root"
depth = 2
subject.common_name = "Chain {{ level }}"
[leaf.device]
issuer = "chain"
subject.common_name = "device-1"
"#;

fn applied() -> Pki {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    pki
}

fn read(path: &Path) -> Certificate {
    let ders = pem::certificates(&fs::read(path).unwrap()).unwrap();
    Certificate::parse(&ders[0]).unwrap()
}

#[test]
fn any_ca_is_proved_and_openssl_accepts_it() {
    let pki = applied();
    for (ca, above) in [
        ("root", ["root/cert.pem", "root/cert.pem"]),
        ("chain-1", ["root/cert.pem", "chain-1/cert.pem"]),
        ("chain-2", ["root/cert.pem", "chain-2/fullchain.pem"]),
    ] {
        pki.run("prove", &["--ca", ca, "--code", CODE]).succeeds();
        let path = pki.path(&format!(".prove/{ca}/{CODE}.pem"));
        let made = read(&path);
        assert_eq!(made.subject().to_string(), format!("CN={CODE}"));
        let issuer = read(&pki.path(&format!("{ca}/cert.pem")));
        assert_eq!(made.issuer_der(), issuer.subject_der());
        let untrusted = pki.beside("untrusted.pem");
        let chain: Vec<u8> = ["chain-1/cert.pem", "chain-2/cert.pem"]
            .iter()
            .flat_map(|file| pki.read(file))
            .collect();
        fs::write(&untrusted, chain).unwrap();
        let mut verify = Command::new("openssl");
        verify
            .args(["verify", "-x509_strict", "-attime", "1795700000", "-CAfile"])
            .arg(pki.path(above[0]))
            .arg("-untrusted")
            .arg(&untrusted)
            .arg(&path);
        Run::of(verify).succeeds();
    }
}

#[test]
fn again_and_again_with_the_same_code_and_another() {
    let pki = applied();
    let before = pki.files();
    let file = format!(".prove/root/{CODE}.pem");
    pki.run("prove", &["--code", CODE])
        .succeeds()
        .says("issued by root");
    let first = pki.read(&file);
    pki.run("prove", &["--code", CODE]).succeeds();
    assert_ne!(pki.read(&file), first, "made anew, without a question");
    pki.run("prove", &["--code", "other"]).succeeds();
    let after = pki.files();
    let new: Vec<&String> = after
        .keys()
        .filter(|path| !before.contains_key(*path))
        .collect();
    assert_eq!(
        new.iter().filter(|path| path.contains(".prove/")).count(),
        2,
        "no key: {new:?}"
    );
    for (path, facts) in &before {
        if path != "pkiform.ledger" {
            assert_eq!(after.get(path), Some(facts), "{path}");
        }
    }
    let ledger = String::from_utf8(pki.read("pkiform.ledger")).unwrap();
    assert_eq!(ledger.matches("\"id\":\".prove/").count(), 3);
    pki.apply().succeeds().says("No changes");
    pki.verify().succeeds();
    pki.run("check", &[]).succeeds();
}

#[test]
fn it_goes_where_it_is_said_and_its_key_stays_if_asked() {
    let pki = applied();
    let (cert, key) = (pki.beside("proof.pem"), pki.beside("proof.key"));
    let code = "a code/with {{ marks }} \"and\" ümlauts, O=Evil";
    let flags = [
        "--code",
        code,
        "--cert",
        cert.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
    ];
    pki.run("prove", &flags).succeeds();
    let made = read(&cert);
    assert_eq!(made.subject().0.len(), 1, "one RDN: {}", made.subject());
    assert!(made.subject().to_string().contains("{{ marks }}"));
    let key_pem = fs::read(&key).unwrap();
    let private = pkiform::crypto::PrivateKey::from_pem(&key_pem, None).unwrap();
    assert!(private.fits(made.spki_der()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&cert), mode(&key)), (0o644, 0o600));
    }
    assert!(!pki.path(".prove").exists());
}

#[test]
fn its_end_is_cut_at_its_issuer_s() {
    let short = SPEC.replace("[defaults]\n", "[defaults]\nvalidity = \"10d\"\n");
    let pki = Pki::new(&short);
    pki.apply().succeeds();
    pki.run("prove", &["--ca", "chain-2", "--code", "c"])
        .succeeds();
    let made = read(&pki.path(".prove/chain-2/c.pem"));
    let issuer = read(&pki.path("chain-2/cert.pem"));
    assert_eq!(made.not_after(), issuer.not_after());
}

#[test]
fn a_seeded_ca_proves_without_its_key_file() {
    let spec = format!(
        "{SPEC}\n[reproducible]\nseed = {{ insecure_default = \"a seed that everybody may know\" }}\nepoch = \"month\"\n"
    );
    let pki = Pki::new(&spec);
    pki.apply().succeeds();
    fs::remove_file(pki.path("root/key.pem")).unwrap();
    pki.run("prove", &["--code", "c"]).succeeds();
    assert!(!pki.path("root/key.pem").exists());
}

#[test]
fn what_cannot_be_proved_is_said() {
    let pki = applied();
    let refused = |flags: &[&str]| {
        let folder = pki.beside("").to_str().unwrap().to_owned();
        pki.run("prove", flags).exits(1).stderr.replace(&folder, "")
    };
    insta::assert_snapshot!("empty", refused(&["--code", " "]));
    insta::assert_snapshot!("too_long", refused(&["--code", &"x".repeat(65)]));
    insta::assert_snapshot!("no_file_name", refused(&["--code", "a/b"]));
    insta::assert_snapshot!("unknown_ca", refused(&["--code", "c", "--ca", "chain-3"]));
    insta::assert_snapshot!("a_leaf", refused(&["--code", "c", "--ca", "device"]));
    fs::remove_file(pki.path("root/key.pem")).unwrap();
    insta::assert_snapshot!("no_key", refused(&["--code", "c"]));
    insta::assert_snapshot!(
        "ended",
        refused(&["--code", "c", "--ca", "chain-1", "--now", "2040-01-01"])
    );
    assert!(!pki.path(".prove").exists(), "nothing is half done");
}
