//! What `--json` prints: one document on standard output that parses, with what a program looks for.

use serde_json::Value;

use super::CHAIN;
use crate::shell::Shell;

/// The value at a path of keys and indices.
#[track_caller]
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value
        .pointer(path)
        .unwrap_or_else(|| panic!("no {path} in {value:#}"))
}

#[test]
fn every_command_says_the_same_as_data() {
    let shell = Shell::with(CHAIN);
    let json = |words: &str| shell.run(words).exits(0).json();

    let validated = json("validate pki.toml --json");
    assert!(validated.is_object(), "{validated:#}");
    let plan = json("plan pki.toml --json");
    assert_eq!(at(&plan, "/counts/create"), 6);
    assert_eq!(at(&plan, "/steps/0/id"), "root");
    assert_eq!(at(&plan, "/steps/0/action"), "create");
    let applied = json("apply pki.toml --json");
    assert_eq!(at(&applied, "/plan/counts/create"), 6);
    assert_eq!(at(&applied, "/outcome/certificates"), 6);
    let warned = at(&applied, "/diagnostics").as_array().unwrap();
    assert!(
        warned
            .iter()
            .any(|one| one["level"] == "warning" && one["labels"][0]["line"].is_u64()),
        "the insecure passphrase is said, with its place: {applied:#}"
    );
    let again = json("apply pki.toml --json");
    assert_eq!(at(&again, "/outcome/files"), 0);
    let verdict = json("verify pki.toml --json");
    assert_eq!(at(&verdict, "/good"), true);
    let shown = json("show device-1 --spec pki.toml --json");
    assert_eq!(at(&shown, "/certificate/subject"), "CN=device-1");
    let file = json("show pki/factory/root/cert.pem --json");
    assert!(file.to_string().contains("CN=Factory Root"), "{file:#}");
    let tree = json("tree pki.toml --json");
    assert!(tree.to_string().contains("\"id\":\"device-3\""), "{tree:#}");
    let rules = json("rules --json");
    assert!(rules.as_array().unwrap().len() > 40);
    assert!(at(&rules, "/0/why").is_string());
    let schema = json("schema --json");
    assert!(at(&schema, "/properties/ca").is_object());
    let made = json("init new.toml --json");
    assert_eq!(at(&made, "/spec"), "new.toml");
}

#[test]
fn errors_are_data_too() {
    let shell = Shell::with(&CHAIN.replace("issuer = \"root\"", "isuer = \"root\""));
    for command in ["validate", "plan", "apply", "verify", "tree"] {
        let said = shell.run(&format!("{command} pki.toml --json")).exits(1);
        let value = said.json();
        let found = at(&value, "/diagnostics/0");
        assert_eq!(found["code"], "unknown-key", "{command}");
        assert_eq!(found["level"], "error");
        assert_eq!(found["labels"][0]["file"], "pki.toml");
        assert_eq!(found["labels"][0]["line"], 12);
        assert_eq!(found["labels"][0]["column"], 1);
        assert_eq!(said.stderr, "", "{command}");
    }
    let shell = Shell::with(CHAIN);
    shell.run("apply pki.toml").exits(0);
    let verdict = shell
        .run("verify pki.toml --json --expires-within 40d")
        .exits(4)
        .json();
    assert_eq!(at(&verdict, "/good"), false);
    assert_eq!(at(&verdict, "/checks").as_array().map(Vec::len), Some(6));
    shell.edit(
        "pki.toml",
        "path_length = 12",
        "path_length = 12\nkey = \"ed25519\"",
    );
    let refused = shell.run("apply pki.toml --json").exits(1).json();
    assert!(
        refused.to_string().contains("key-replacement"),
        "{refused:#}"
    );
}
