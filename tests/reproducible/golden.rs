//! The digest of every shipped spec, from its `test` environment: they change only with the derivation's version.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::digest;
use crate::support::Pki;

/// One line a spec: its file's name and its digest.
const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn shipped_specs_have_their_digests() {
    let golden: BTreeMap<&str, &str> = GOLDEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("  "))
        .map(|(digest, name)| (name, digest))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let pki = Pki::new(&format!("specs/{name}")).env("test");
            pki.apply().succeeds();
            found.insert(name, digest(&pki));
        }
    }
    let lines: Vec<String> = found
        .iter()
        .map(|(name, digest)| format!("{digest}  {name}"))
        .collect();
    let text = lines.join("\n");
    let found: BTreeMap<&str, &str> = found
        .iter()
        .map(|(name, digest)| (name.as_str(), digest.as_str()))
        .collect();
    assert_eq!(
        found, golden,
        "a digest changes only with a new version of the derivation; found:\n{text}"
    );
}
