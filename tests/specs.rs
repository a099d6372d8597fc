//! Every shipped spec, seen whole: its plan, its tree as data, and each certificate decoded, at a fixed moment.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What is random or depends on a key, and stands for itself in a snapshot.
const RANDOM: &[(&str, &str)] = &[
    (r"(SHA-256 +)[0-9A-F:]{95}", "${1}[digest]"),
    (r"(SHA-1 +)[0-9A-F:]{59}", "${1}[digest]"),
    (r"(Serial +)[0-9a-f]{32}", "${1}[serial]"),
    (r"\b([0-9A-F]{2}:){19}[0-9A-F]{2}\b", "[key id]"),
    (r" files in [0-9.]+ m?s", " files in [time]"),
];

#[test]
fn shipped_specs_are_as_they_were_read() {
    insta::glob!("../specs", "*.toml", |spec| {
        let folder = tempfile::tempdir().unwrap();
        let specs = folder.path().join("specs");
        fs::create_dir(&specs).unwrap();
        let name = spec.file_name().unwrap().to_str().unwrap();
        fs::copy(spec, specs.join(name)).unwrap();
        let path = format!("specs/{name}");
        let run = |arguments: &[&str]| run(folder.path(), arguments);

        let mut seen = format!("$ pkiform plan\n{}", run(&["plan", &path]));
        seen += "\n$ pkiform tree --json\n";
        seen += &run(&["tree", &path, "--json"]);
        run(&["apply", &path, "--quiet"]);
        let tree: serde_json::Value =
            serde_json::from_str(&run(&["tree", &path, "--json"])).unwrap();
        let mut ids = Vec::new();
        collect(&tree, &mut ids);
        assert!(!ids.is_empty());
        for id in ids {
            let shown = run(&["show", &id, "--spec", &path]);
            write!(seen, "\n$ pkiform show {id}\n{shown}").unwrap();
        }
        insta::with_settings!({ filters => RANDOM.to_vec() }, {
            insta::assert_snapshot!(seen);
        });
    });
}

/// The ids of a tree, like ones of a fleet but for the first left out.
fn collect(tree: &serde_json::Value, ids: &mut Vec<String>) {
    let mut families = Vec::new();
    for entity in tree.as_array().into_iter().flatten() {
        // Of a packed fleet, its first.
        let entity = entity.get("first").unwrap_or(entity);
        let (id, family) = (
            entity["id"].as_str().unwrap(),
            entity["family"].as_str().unwrap(),
        );
        let is_chain = entity["issues"]
            .as_array()
            .is_some_and(|issues| !issues.is_empty());
        if is_chain || !families.contains(&family) {
            ids.push(id.to_owned());
        }
        families.push(family);
        collect(&entity["issues"], ids);
    }
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pkiform"))
        .args(arguments)
        .args(["--now", "2026-11-25"])
        .current_dir(folder)
        .env_remove("DEVICE_PASSPHRASE")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
