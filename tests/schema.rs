//! The JSON Schema is the committed one, takes every spec that is right and refuses most that are wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::Value;

const COMMITTED: &str = "specs/pkiform.schema.json";

fn committed() -> Value {
    serde_json::from_str(&fs::read_to_string(COMMITTED).unwrap()).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&committed()).unwrap()
}

fn json(toml: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(toml).unwrap()).unwrap()
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

#[test]
fn the_committed_schema_is_the_current_one() {
    let current = serde_json::to_string_pretty(&pkiform::spec::schema()).unwrap() + "\n";
    let committed = fs::read_to_string(COMMITTED).unwrap();
    assert_eq!(
        committed, current,
        "write it anew: pkiform schema > {COMMITTED}"
    );
}

#[test]
fn every_spec_that_is_right_validates() {
    let validator = validator();
    let mut specs = files("specs", ".toml");
    specs.extend(files("templates", ".toml"));
    // What a rule refuses is still well written.
    specs.extend(files("tests/rules", ".toml"));
    assert!(specs.len() > 100, "{} specs", specs.len());
    for spec in specs {
        let text = fs::read_to_string(&spec).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json(&text))
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", spec.display());
    }
}

#[test]
fn it_describes_every_field() {
    let schema = committed();
    let mut silent = BTreeSet::new();
    undescribed(&schema, "", &mut silent);
    assert_eq!(silent, BTreeSet::new());
}

#[test]
fn an_unknown_key_is_refused_in_every_table() {
    let validator = validator();
    let mut tables = 0;
    for path in files("specs", ".toml") {
        let spec = json(&fs::read_to_string(&path).unwrap());
        for place in places(&spec, String::new()) {
            // Under these a spec chooses the names itself.
            let last: Vec<&str> = place.rsplit('/').take(2).collect();
            if matches!(last[0], "vars" | "env" | "ca" | "leaf" | "key" | "profile") {
                continue;
            }
            let mut wrong = spec.clone();
            let table = wrong.pointer_mut(&place).unwrap().as_object_mut().unwrap();
            table.insert("no_such_key".to_owned(), Value::from(1));
            tables += 1;
            assert!(!validator.is_valid(&wrong), "{}: {place}", path.display());
        }
    }
    assert!(tables > 100, "only {tables} tables were tried");
}

/// Specs that are wrong in one way each, as a person may write them.
const WRONG: &[(&str, &str)] = &[
    ("no version", "[ca.root]\n"),
    (
        "unknown key of the root",
        "spec = 1\nnmae = 'x'\n[ca.root]\n",
    ),
    (
        "unknown key of an entity",
        "spec = 1\n[ca.root]\nisuer = 'x'\n",
    ),
    (
        "unknown attribute",
        "spec = 1\n[ca.root]\nsubject.comon_name = 'x'\n",
    ),
    (
        "unknown extension",
        "spec = 1\n[ca.root.extensions]\nkey_usages = ['crl-sign']\n",
    ),
    (
        "unknown key usage",
        "spec = 1\n[ca.root.extensions]\nkey_usage = ['crl-sing']\n",
    ),
    (
        "unknown key algorithm",
        "spec = 1\n[ca.root]\nkey = 'rsa-1024'\n",
    ),
    (
        "unknown artifact",
        "spec = 1\n[leaf.x]\noutputs = ['certt']\n",
    ),
    (
        "unknown artifact with a path",
        "spec = 1\n[leaf.x]\noutputs = { certt = 'x' }\n",
    ),
    ("unknown digest", "spec = 1\n[ca.root]\ndigest = 'md5'\n"),
    (
        "a duration that is none",
        "spec = 1\n[ca.root]\nvalidity = '30 fortnights'\n",
    ),
    (
        "a duration that is a number",
        "spec = 1\n[ca.root]\nvalidity = 30\n",
    ),
    (
        "a date that is none",
        "spec = 1\n[ca.root]\nnot_after = 'tomorrow'\n",
    ),
    (
        "a path length that is too long",
        "spec = 1\n[ca.root]\npath_length = 300\n",
    ),
    (
        "a leaf with a path length",
        "spec = 1\n[leaf.x]\npath_length = 0\n",
    ),
    ("a leaf with a depth", "spec = 1\n[leaf.x]\ndepth = 3\n"),
    (
        "a key with a subject",
        "spec = 1\n[key.x]\nsubject.common_name = 'x'\n",
    ),
    (
        "defaults with an issuer",
        "spec = 1\n[defaults]\nissuer = 'root'\n",
    ),
    (
        "a count that is a list",
        "spec = 1\n[leaf.x]\ncount = [3]\n",
    ),
    (
        "a secret without a source",
        "spec = 1\n[leaf.x]\npassphrase = 'hunter2'\n",
    ),
    (
        "an environment within one",
        "spec = 1\n[env.a.env.b.vars]\nx = 1\n",
    ),
    (
        "a layout that is none",
        "spec = 1\n[output]\nlayout = 'folders'\n",
    ),
    (
        "renew with another word",
        "spec = 1\n[leaf.x]\nrenew = 'always'\n",
    ),
    (
        "custom without a value",
        "spec = 1\n[leaf.x.extensions]\ncustom = [{ oid = '1.2.3' }]\n",
    ),
];

#[test]
fn most_specs_that_are_wrong_are_refused() {
    let validator = validator();
    let taken: Vec<&str> = WRONG
        .iter()
        .filter(|(_, spec)| validator.is_valid(&json(spec)))
        .map(|(name, _)| *name)
        .collect();
    assert!(taken.is_empty(), "the schema takes: {taken:?}");
}

/// The fields without a description.
fn undescribed(schema: &Value, place: &str, silent: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                for (name, field) in properties {
                    let described =
                        field.get("description").is_some() || field.get("$ref").is_some();
                    if !described {
                        silent.insert(format!("{place}/{name}"));
                    }
                }
            }
            for (name, inner) in object {
                undescribed(inner, &format!("{place}/{name}"), silent);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                undescribed(inner, &format!("{place}/{index}"), silent);
            }
        }
        _ => {}
    }
}

/// The JSON pointers of all tables of a spec.
fn places(value: &Value, here: String) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                if name != "vars" {
                    found.extend(places(inner, format!("{here}/{name}")));
                }
            }
            found.push(here);
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                found.extend(places(inner, format!("{here}/{index}")));
            }
        }
        _ => {}
    }
    found
}
