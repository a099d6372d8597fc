//! Devices that bring their public key, alone or in a request: no key is made for them, and their own is certified.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

const SPEC: &str = r#"spec = 1
name = "given"

[ca.root]
subject.common_name = "Root"
validity = "10y"

[defaults.leaf]
issuer = "root"
profile = "tls-client"
validity = "1y"
subject.common_name = "{{ id }}"

[leaf.loose]
for_each = "keys.jsonl"
public_key = "{{ item.key }}"

[leaf.packed]
for_each = "requests.csv"
csr = "{{ item.request }}"
pack = "sqlite"
"#;

fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(line.split(' '))
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    output.stdout
}

/// Both outputs of a run, and how it ended.
fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let output = Command::new(cargo_bin("pkiform"))
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "1795608000")
        .args(arguments.split(' '))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

/// A folder with the spec, three keys and requests by two others, in each form in which they may come.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let base64 = |octets: Vec<u8>| data_encoding::BASE64.encode(&octets);
    for number in 1..=5 {
        let key =
            format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k{number}.pem");
        openssl(at, &key);
        openssl(
            at,
            &format!("pkey -in k{number}.pem -pubout -out p{number}.pem"),
        );
        openssl(
            at,
            &format!("req -new -key k{number}.pem -subj /CN=other -out r{number}.pem"),
        );
    }
    let pem = std::fs::read_to_string(at.join("p1.pem")).unwrap();
    let der = base64(openssl(at, "pkey -pubin -in p2.pem -outform DER"));
    let row = |id: &str, key: &str| serde_json::json!({ "id": id, "key": key }).to_string();
    let rows = [row("a", &pem), row("b", &der), row("c", "file:p3.pem")].join("\n");
    std::fs::write(at.join("keys.jsonl"), rows).unwrap();
    let request = |number| base64(openssl(at, &format!("req -in r{number}.pem -outform DER")));
    let requests = format!("id,request\na,{}\nb,file:r5.pem\n", request(4));
    std::fs::write(at.join("requests.csv"), requests).unwrap();
    std::fs::write(at.join("pki.toml"), SPEC).unwrap();
    folder
}

/// The public key of a certificate's PEM, by OpenSSL.
fn certified(folder: &Path, certificate: &str) -> String {
    String::from_utf8(openssl(
        folder,
        &format!("x509 -in {certificate} -noout -pubkey"),
    ))
    .unwrap()
}

#[test]
fn a_given_key_is_certified_and_none_is_made() {
    let folder = folder();
    let at = folder.path();
    let (code, said) = run(at, "apply pki.toml");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("6 certificates, 1 key"), "{said}");
    for (id, key) in [("a", "p1.pem"), ("b", "p2.pem"), ("c", "p3.pem")] {
        let wanted = std::fs::read_to_string(at.join(key)).unwrap();
        assert_eq!(
            certified(at, &format!("pki/given/loose-{id}/cert.pem")),
            wanted
        );
        assert!(!at.join(format!("pki/given/loose-{id}/key.pem")).exists());
    }
    let database = rusqlite::Connection::open(at.join("pki/given/packed.sqlite")).unwrap();
    for (id, key) in [("packed-a", "p4.pem"), ("packed-b", "p5.pem")] {
        let (certificate, private): (String, Option<String>) = database
            .query_row(
                "SELECT certificate, key FROM members WHERE id = ?1",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        std::fs::write(at.join("one.pem"), certificate).unwrap();
        assert_eq!(
            certified(at, "one.pem"),
            std::fs::read_to_string(at.join(key)).unwrap()
        );
        assert_eq!(private, None);
    }
    let subject = openssl(at, "x509 -in one.pem -noout -subject");
    assert!(
        String::from_utf8(subject).unwrap().contains("packed-b"),
        "the spec names it, not the request"
    );
    assert!(run(at, "apply pki.toml").1.starts_with("No changes"));
    assert_eq!(run(at, "verify pki.toml").0, 0);
}

#[test]
fn another_key_is_another_certificate_and_takes_no_word() {
    let folder = folder();
    let at = folder.path();
    assert_eq!(run(at, "apply pki.toml --quiet").0, 0);
    openssl(
        at,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k4.pem",
    );
    openssl(at, "pkey -in k4.pem -pubout -out p3.pem");
    insta::assert_snapshot!("another", run(at, "plan pki.toml").1);
    assert_eq!(run(at, "apply pki.toml --yes --quiet").0, 0);
    let wanted = std::fs::read_to_string(at.join("p3.pem")).unwrap();
    assert_eq!(certified(at, "pki/given/loose-c/cert.pem"), wanted);
    assert!(run(at, "apply pki.toml").1.starts_with("No changes"));
}

#[test]
fn a_row_that_brings_none_gets_one() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("keys.jsonl"), "{\"id\":\"a\",\"key\":\"\"}\n").unwrap();
    assert_eq!(run(at, "apply pki.toml --quiet").0, 0);
    assert!(at.join("pki/given/loose-a/key.pem").exists());
    assert_eq!(run(at, "verify pki.toml").0, 0);
}

/// What one fleet has, another can't have; nor can two shares of one.
#[test]
fn a_key_that_another_fleet_has_is_said() {
    let folder = folder();
    let at = folder.path();
    let second = SPEC.replace(
        "[leaf.packed]",
        "[leaf.other]\nfor_each = \"others.csv\"\ncsr = \"{{ item.request }}\"\npack = \"sqlite\"\n\n[leaf.packed]",
    );
    std::fs::write(at.join("pki.toml"), &second).unwrap();
    std::fs::write(at.join("keys.jsonl"), "").unwrap();
    std::fs::write(at.join("others.csv"), "id,request\na,file:r1.pem\n").unwrap();
    std::fs::write(at.join("requests.csv"), "id,request\nb,file:r1.pem\n").unwrap();
    let (code, said) = run(at, "plan pki.toml");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("error[duplicate-key]"), "{said}");
    // Also where one of the two was made before, and is not looked at again.
    std::fs::write(at.join("requests.csv"), "id,request\n").unwrap();
    assert_eq!(run(at, "apply pki.toml --quiet").0, 0);
    std::fs::write(at.join("requests.csv"), "id,request\nb,file:r1.pem\n").unwrap();
    let (code, said) = run(at, "plan pki.toml");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("error[duplicate-key]"), "{said}");
    // Nor where the plan is about one of them alone.
    let (code, said) = run(at, "apply pki.toml --target packed --yes");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("error[duplicate-key]"), "{said}");
    // Where each share has rows of its own, none sees what the other has.
    std::fs::write(at.join("others.csv"), "id,request\n").unwrap();
    let ids = |share: usize| -> Vec<String> {
        (1..=8)
            .map(|row| format!("packed-{row}"))
            .filter(|id| pkiform::plan::Shard::dealt(id, 2) == u32::try_from(share).unwrap())
            .collect()
    };
    let of = |share: usize| ids(share)[0].trim_start_matches("packed-").to_owned();
    let rows = format!("id,request\n{},file:r1.pem\n{},file:r1.pem\n", of(1), of(2));
    std::fs::write(at.join("requests.csv"), "id,request\n").unwrap();
    assert_eq!(
        run(at, "apply pki.toml --out base --target root --quiet").0,
        0
    );
    std::fs::write(at.join("requests.csv"), &rows).unwrap();
    for share in 1..=2 {
        let copied = Command::new("cp")
            .current_dir(at)
            .args(["-r", "base", &format!("s{share}")])
            .status();
        assert!(copied.unwrap().success());
        let apply = format!("apply pki.toml --out s{share} --shard {share}/2 --quiet");
        let (code, said) = run(at, &apply);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("error[duplicate-key]"), "{said}");
        let row = format!("id,request\n{},file:r1.pem\n", of(share));
        std::fs::write(at.join("requests.csv"), row).unwrap();
        assert_eq!(run(at, &apply).0, 0);
        std::fs::write(at.join("requests.csv"), &rows).unwrap();
    }
    let (code, said) = run(at, "merge pki.toml s1 s2 --out m");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("have the same public key"), "{said}");
}

#[test]
fn what_is_no_key_or_anothers_is_said() {
    use std::fmt::Write;
    let folder = folder();
    let at = folder.path();
    let mut seen = String::new();
    let mut tell = |what: &str| {
        let (code, said) = run(at, "validate pki.toml");
        assert_eq!(code, 1, "{what}: {said}");
        let _ = write!(seen, "{what}\n{said}\n");
    };
    std::fs::write(
        at.join("keys.jsonl"),
        "{\"id\":\"a\",\"key\":\"file:p1.pem\"}\n{\"id\":\"b\",\"key\":\"file:p1.pem\"}\n",
    )
    .unwrap();
    tell("one key twice");
    let rows = "{\"id\":\"b\",\"key\":\"no key\"}\n{\"id\":\"c\",\"key\":\"file:none.pem\"}\n";
    std::fs::write(at.join("keys.jsonl"), rows).unwrap();
    tell("no keys");
    std::fs::write(at.join("keys.jsonl"), "").unwrap();
    // The signature's last octet is another.
    let mut der = openssl(at, "req -in r1.pem -outform DER");
    *der.last_mut().unwrap() ^= 1;
    std::fs::write(at.join("forged.der"), der).unwrap();
    std::fs::write(at.join("requests.csv"), "id,request\na,file:forged.der\n").unwrap();
    tell("a request that its key did not sign");
    std::fs::write(
        at.join("requests.csv"),
        "id,request\na,file:r1.pem\nb,file:r1.pem\n",
    )
    .unwrap();
    tell("one key twice in a pack");
    std::fs::write(at.join("requests.csv"), "id,request\na,file:r1.pem\n").unwrap();
    std::fs::write(
        at.join("pki.toml"),
        SPEC.replace("csr = ", "outputs = [\"key\"]\ncsr = "),
    )
    .unwrap();
    tell("a private key that nobody here has");
    std::fs::write(
        at.join("pki.toml"),
        SPEC.replace("csr = ", "issuer = \"self\"\ncsr = "),
    )
    .unwrap();
    tell("self-signed");
    insta::assert_snapshot!("wrong", seen);
}
