//! `pkiform::testing`: a PKI in memory, as other projects' tests use it.

use std::collections::BTreeSet;
use std::fs;
#[cfg(feature = "rcgen")]
use std::process::Command;

use jiff::Timestamp;
use pkiform::testing::Pki;
use pkiform::x509::Certificate;

#[cfg(feature = "rcgen")]
use crate::support::Run;

const SPEC: &str = r#"
spec = 1
name = "memory"

[vars]
devices = 2

[env.wide.vars]
devices = 4

[ca.root]
subject.common_name = "Root"
[ca.chain]
issuer = "root"
depth = 2
subject.common_name = "Chain {{ level }}"
[leaf.device]
issuer = "chain"
profile = "device"
count = "{{ devices }}"
subject.common_name = "device-{{ index }}"
san = ["device-{{ index }}.example"]
outputs = ["cert", "pkcs12"]
passphrase = { insecure_default = "1234" }
[key.account]
"#;

const SEEDED: &str = r#"
[reproducible]
seed = { insecure_default = "a seed that everybody may know" }
epoch = "2026-11-01"
"#;

#[test]
fn every_entity_has_its_key_certificate_and_chain() {
    let pki = Pki::from_spec(SPEC).unwrap();
    let ids: Vec<&str> = pki.ids().collect();
    assert_eq!(
        ids,
        [
            "root", "chain-1", "chain-2", "device-1", "device-2", "account"
        ]
    );
    let get = |id: &str| pki.get(id).unwrap();
    let device = get("device-1");
    let chain: Vec<&[u8]> = device.chain_der().collect();
    assert_eq!(
        chain,
        [get("chain-2").cert_der(), get("chain-1").cert_der()]
    );
    assert_eq!(device.root_der(), get("root").cert_der());
    assert_eq!(device.fullchain_der().count(), 3);
    assert_eq!(
        device.fullchain_pem().matches("BEGIN CERTIFICATE").count(),
        3
    );
    assert_eq!(get("chain-1").chain_der().count(), 0);
    assert_eq!(get("root").root_pem(), get("root").cert_pem());
    let certificate = Certificate::parse(device.cert_der()).unwrap();
    assert!(device.key().unwrap().fits(certificate.spki_der()));
    let key = device.key_pem().unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    let account = get("account");
    assert!(
        account.key().is_some() && account.cert_der().is_empty() && account.root_der().is_empty()
    );
    let files: BTreeSet<&str> = pki.files().keys().map(|path| path.as_str()).collect();
    assert!(files.contains("device-1/device-1.p12") && !files.contains("device-1/key.pem"));
}

#[test]
fn what_there_is_none_of_is_said_with_what_may_be_meant() {
    let pki = Pki::from_spec(SPEC).unwrap();
    let said = |id: &str| pki.get(id).unwrap_err().to_string();
    assert_eq!(
        said("device-3"),
        "the spec has no entity `device-3`; did you mean `device-1`?"
    );
    assert!(
        said("x")
            .ends_with("it has `root`, `chain-1`, `chain-2`, `device-1`, `device-2`, `account`")
    );
    assert_eq!(
        pki.file("root/cert.pen").unwrap_err().to_string(),
        "the spec asks for no file `root/cert.pen`; did you mean `root/cert.pem`?"
    );
    let many = Pki::builder(SPEC).var("devices", "20").build().unwrap();
    let said = many.get("x").unwrap_err().to_string();
    assert!(said.ends_with("`device-5` and 16 more"), "{said}");
}

#[test]
fn files_go_to_a_folder_and_over_nothing() {
    let pki = Pki::from_spec(SPEC).unwrap();
    let folder = tempfile::tempdir().unwrap();
    pki.write_to(folder.path().join("made")).unwrap();
    let at = |path: &str| folder.path().join("made").join(path);
    for (path, file) in pki.files() {
        assert_eq!(fs::read(at(path.as_str())).unwrap(), **file.bytes, "{path}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| fs::metadata(at(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode("root/key.pem"), mode("root/cert.pem")),
            (0o600, 0o644)
        );
    }
    assert!(!at("pkiform.lock").exists(), "it is no store");
    fs::remove_file(at("account/key.pem")).unwrap();
    let error = Pki::from_spec(SPEC)
        .unwrap()
        .write_to(folder.path().join("made"))
        .unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    assert!(!at("account/key.pem").exists(), "half of two PKIs");
}

#[test]
fn a_seeded_spec_gives_the_same_again_and_what_the_command_writes() {
    let text = format!("{SPEC}{SEEDED}");
    let (one, two) = (
        Pki::from_spec(&text).unwrap(),
        Pki::from_spec(&text).unwrap(),
    );
    for (one, two) in one.entities().zip(two.entities()) {
        assert_eq!(one.cert_der(), two.cert_der(), "{}", one.id());
        assert_eq!(
            *one.key_der().unwrap(),
            *two.key_der().unwrap(),
            "{}",
            one.id()
        );
    }
    let pki = crate::support::Pki::new(&text);
    pki.apply().succeeds();
    for (path, file) in one.files() {
        assert_eq!(pki.read(path.as_str()), **file.bytes, "{path}");
    }
    let random = Pki::from_spec(SPEC).unwrap();
    assert_ne!(
        random.get("root").unwrap().cert_der(),
        one.get("root").unwrap().cert_der()
    );
}

#[test]
fn environments_variables_and_moments_are_taken() {
    let count = |pki: &Pki| {
        pki.entities()
            .filter(|one| one.id().starts_with("device"))
            .count()
    };
    let wide = Pki::builder(SPEC).env("wide").build().unwrap();
    assert_eq!(count(&wide), 4);
    let set = Pki::builder(SPEC)
        .env("wide")
        .var("devices", "3")
        .build()
        .unwrap();
    assert_eq!(count(&set), 3);
    let then: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    let old = Pki::builder(SPEC).now(then).build().unwrap();
    let root = Certificate::parse(old.get("root").unwrap().cert_der()).unwrap();
    assert_eq!(root.not_before(), then);
}

#[test]
fn what_is_wrong_is_said_as_the_command_says_it() {
    let wrong = SPEC.replace("depth = 2", "dephts = 2");
    let error = Pki::from_spec(&wrong).unwrap_err().to_string();
    assert!(
        error.contains("pkiform.toml:15:1") && error.contains("did you mean `depth`?"),
        "{error}"
    );
    let shown = Pki::from_spec(&wrong).map(|_| ());
    assert_eq!(
        format!("{shown:?}"),
        format!("Err({error})"),
        "what `unwrap` shows has its lines"
    );
    let command = SPEC.replace("{ insecure_default = \"1234\" }", "\"command:echo 1234\"");
    let error = Pki::from_spec(&command).unwrap_err().to_string();
    assert!(error.contains("commands are not run unasked"), "{error}");
    Pki::builder(&command).allow_commands().build().unwrap();
}

#[test]
fn a_ca_from_elsewhere_may_stand_above() {
    let outside = r#"
spec = 1
[ca.root]
subject.common_name = "Root"
[ca.below]
issuer = "root"
subject.common_name = "Below"
"#;
    let outside = crate::support::Pki::new(outside);
    outside.apply().succeeds();
    for (name, chained) in [("root", 1), ("below", 2)] {
        let pki = under(&outside, name);
        let get = |id: &str| pki.get(id).unwrap();
        let (www, corp) = (get("www"), get("corp"));
        let error = corp.key_pem().unwrap_err().to_string();
        assert!(corp.key().is_none() && error.starts_with("`corp` is a CA from elsewhere"));
        let certificate = Certificate::parse(get("issuing").cert_der()).unwrap();
        let issuer = Certificate::parse(corp.cert_der()).unwrap();
        assert_eq!(certificate.issuer_der(), issuer.subject_der());
        // A root is in no chain, wherever it comes from; one below a root that nobody knows is.
        assert_eq!(www.chain_der().count(), chained);
        let file = |path: &str| String::from_utf8(pki.file(path).unwrap().bytes.to_vec()).unwrap();
        assert_eq!(www.chain_pem(), file("www/chain.pem"));
        assert_eq!(www.fullchain_pem(), file("www/fullchain.pem"));
        assert_eq!(www.root_pem(), file("www/ca.pem"));
        assert_eq!(www.root_der().is_empty(), name == "below");
    }
}

/// A leaf and its CA under a CA of another PKI.
fn under(outside: &crate::support::Pki, name: &str) -> Pki {
    let text = r#"
spec = 1
[ca.corp]
external = { cert = "file:store/NAME/cert.pem", key = "file:store/NAME/key.pem" }
[ca.issuing]
issuer = "corp"
subject.common_name = "Issuing"
[leaf.www]
issuer = "issuing"
subject.common_name = "www"
outputs = ["key", "cert", "chain", "fullchain", "ca"]
"#;
    let path = camino::Utf8PathBuf::from_path_buf(outside.beside("other.toml")).unwrap();
    let now: Timestamp = crate::support::NOW.parse().unwrap();
    let text = text.replace("NAME", name);
    Pki::builder(&text).path(path).now(now).build().unwrap()
}

#[cfg(feature = "rcgen")]
#[test]
fn rcgen_issues_below_each_ca_and_others_accept_it() {
    use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose};

    for algorithm in ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"] {
        let spec = SPEC.replace(
            "[ca.root]",
            &format!("[defaults]\nkey = \"{algorithm}\"\nsubject = {{ country = \"DE\", organization = \"Bücher\" }}\n[ca.root]"),
        );
        let pki = Pki::from_spec(&spec).unwrap();
        let ca = pki.get("chain-2").unwrap();
        let mut parameters = CertificateParams::new(vec!["more.example".to_owned()]).unwrap();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "more");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.serial_number = Some(7_u64.into());
        parameters.use_authority_key_identifier_extension = true;
        let key = pki.get("account").unwrap().rcgen_key().unwrap();
        let made = parameters
            .signed_by(&key, &ca.rcgen_issuer().unwrap())
            .unwrap();
        accepted_by_webpki(made.der(), ca);
        accepted_by_openssl(&made.pem(), ca);
    }
}

#[cfg(feature = "rcgen")]
#[test]
fn what_rcgen_cannot_do_is_said() {
    use pkiform::testing::IssuerError;

    let pki = |root: &str| Pki::from_spec(&format!("spec = 1\n[ca.root]\n{root}\n")).unwrap();
    let refused = |root: &str| pki(root).get("root").unwrap().rcgen_issuer().err().unwrap();
    assert!(matches!(
        refused("key = \"ed448\"\nsubject.common_name = \"R\""),
        IssuerError::Algorithm(_)
    ));
    let leaf = Pki::from_spec(SPEC).unwrap();
    let leaf = leaf.get("device-1").unwrap();
    assert!(!leaf.is_ca());
    assert_eq!(leaf.rcgen_issuer().err(), Some(IssuerError::NotACa));
    assert!(leaf.rcgen_key().is_ok());
    assert_eq!(refused("subject = \"OU=a,OU=b\""), IssuerError::Subject);
    assert_eq!(refused("subject = \"CN=a+OU=b\""), IssuerError::Subject);
}

#[cfg(feature = "rcgen")]
fn accepted_by_webpki(der: &[u8], ca: &pkiform::testing::Entity) {
    use rustls_pki_types::{CertificateDer, UnixTime};

    let certificate = CertificateDer::from(der);
    let end = webpki::EndEntityCert::try_from(&certificate).unwrap();
    let root = CertificateDer::from(ca.root_der());
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let chain: Vec<CertificateDer<'_>> = ca.fullchain_der().map(CertificateDer::from).collect();
    end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &chain,
        UnixTime::now(),
        webpki::KeyUsage::server_auth(),
        None,
        None,
    )
    .unwrap();
}

#[cfg(feature = "rcgen")]
fn accepted_by_openssl(pem: &str, ca: &pkiform::testing::Entity) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let mut verify = Command::new("openssl");
    verify
        .args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"])
        .arg(file("root.pem", ca.root_pem()))
        .arg("-untrusted")
        .arg(file("chain.pem", ca.fullchain_pem()))
        .arg(file("made.pem", pem.to_owned()));
    Run::of(verify).succeeds().says("OK");
}

#[cfg(feature = "rcgen")]
#[test]
fn the_rustls_example_connects() {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pkiform"));
    let example = program.parent().unwrap().join("examples/rustls");
    assert!(
        example
            .with_extension(std::env::consts::EXE_EXTENSION)
            .exists(),
        "`cargo test` builds the example unless `--test` is given; then: cargo build --example rustls --features rcgen"
    );
    let run = Run::of(Command::new(example)).succeeds();
    assert_eq!(
        run.stdout,
        "client of the spec: welcome, with 2 certificates\n\
         client issued just now: welcome, with 2 certificates\n\
         client without a certificate: refused\n"
    );
}
