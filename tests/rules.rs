//! Every rule has a spec on which it alone fires and one on which none does, and is what its file says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use camino::Utf8Path;

use pkiform::hierarchy::{Hierarchy, resolve};
use pkiform::rules::{RULES, Rule, judge};
use pkiform::source::{Diagnostic, Diagnostics, Document, Level, VariableSources};
use pkiform::spec::Spec;

/// The parts of `src/rules/` that are no rules.
const NO_RULES: [&str; 2] = ["mod.rs", "registry.rs"];

#[test]
fn each_rule_is_a_file_a_row_and_two_specs() {
    let names = |folder: &str| -> Vec<String> {
        fs::read_dir(here().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    let rows: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(rows.len(), RULES.len(), "an id stands twice");
    let files: BTreeSet<String> = names("src/rules")
        .iter()
        .filter(|name| !NO_RULES.contains(&name.as_str()))
        .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
        .collect();
    assert_eq!(
        files, rows,
        "a file without its row in RULES, or the reverse"
    );
    let specs: BTreeSet<String> = names("tests/rules").into_iter().collect();
    let wanted: BTreeSet<String> = rows
        .iter()
        .flat_map(|id| [format!("{id}.fires.toml"), format!("{id}.quiet.toml")])
        .collect();
    assert_eq!(
        specs, wanted,
        "a rule without its two specs, or a spec without a rule"
    );
}

#[test]
fn each_rule_says_what_holds_and_what_to_do() {
    for rule in RULES {
        for text in [rule.source, rule.why, rule.help] {
            assert!(
                !text.is_empty() && !text.ends_with('.'),
                "{}: `{text}`",
                rule.id
            );
        }
        let file = format!("src/rules/{}.rs", rule.id.replace('-', "_"));
        let text = fs::read_to_string(here().join(file)).unwrap();
        assert!(
            text.starts_with(&format!("//! `{}`: ", rule.id)),
            "{}",
            rule.id
        );
    }
}

#[test]
fn each_rule_fires_alone_where_it_is_broken_and_none_fires_where_it_is_held() {
    let mut faults = Vec::new();
    for rule in RULES {
        let fires = findings(&format!("tests/rules/{}.fires.toml", rule.id));
        if fires.is_empty() || fires.iter().any(|found| !found.starts_with(&marker(rule))) {
            faults.push(format!("{}.fires: {fires:#?}", rule.id));
        }
        let quiet = findings(&format!("tests/rules/{}.quiet.toml", rule.id));
        if !quiet.is_empty() {
            faults.push(format!("{}.quiet: {quiet:#?}", rule.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_finding_lies_in_the_spec() {
    for rule in RULES {
        let path = format!("tests/rules/{}.fires.toml", rule.id);
        let (document, hierarchy) = load(&path, &read(&path)).unwrap();
        for diagnostic in &pkiform::rules::check(&hierarchy) {
            for label in &diagnostic.labels {
                let place = document.map.locate(label.span).expect("a place");
                assert_eq!(place.path, Utf8Path::new(&path), "{}: {label:?}", rule.id);
            }
            assert!(!diagnostic.labels.is_empty(), "{}", rule.id);
        }
    }
}

#[test]
fn the_shipped_specs_break_no_rule() {
    for entry in fs::read_dir(here().join("specs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name)
            .extension()
            .is_some_and(|end| end == "toml")
        {
            assert_eq!(
                findings(&format!("specs/{name}")),
                Vec::<String>::new(),
                "{name}"
            );
        }
    }
}

#[test]
fn the_shipped_specs_break_no_rule_with_their_environments_and_variables() {
    type Case = (
        &'static str,
        Option<&'static str>,
        &'static [(&'static str, &'static str)],
    );
    let cases: [Case; 6] = [
        ("environments", Some("dev"), &[]),
        ("environments", Some("staging"), &[]),
        ("environments", Some("prod"), &[]),
        (
            "azure-iot",
            None,
            &[("key", "rsa-2048"), ("verification_code", "A1B2C3")],
        ),
        ("web-dev", None, &[("domain", "my-app.test")]),
        (
            "kubernetes",
            None,
            &[("address", "2001:db8::10"), ("node", "cp-1.example.com")],
        ),
    ];
    for (name, env, variables) in cases {
        let path = format!("specs/{name}.toml");
        let set = variables
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let sources = VariableSources {
            set: set.collect(),
            ..VariableSources::default()
        };
        let (_, hierarchy) = load_with(&path, &read(&path), env, &sources).unwrap();
        assert_eq!(
            judge(&hierarchy).diagnostics,
            Diagnostics::new(),
            "{name} {env:?}"
        );
    }
}

#[test]
fn allow_lifts_a_finding_and_says_so() {
    for rule in RULES {
        let path = format!("tests/rules/{}.fires.toml", rule.id);
        let text = format!("defaults.allow = [\"{}\"]\n{}", rule.id, read(&path));
        let (_, hierarchy) = load(&path, &text).unwrap();
        let judgement = judge(&hierarchy);
        assert!(judgement.diagnostics.is_empty(), "{}", rule.id);
        assert!(
            judgement.lifted.iter().all(|lifted| lifted.rule == rule.id),
            "{}",
            rule.id
        );
        assert!(!judgement.lifted.is_empty(), "{}", rule.id);
    }
}

#[test]
fn an_unknown_rule_in_allow_is_an_error_with_the_nearest_name() {
    let text = "spec = 1\n[defaults]\nallow = [\"path-lenght\"]\n[ca.root]\nsubject.common_name = \"R\"\n[ca.b]\nsubject.common_name = \"B\"\n";
    let (_, hierarchy) = load("a.toml", text).unwrap();
    let found: Vec<_> = judge(&hierarchy).diagnostics.into_iter().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code, found[0].level),
        ("unknown-rule", Level::Error)
    );
    assert_eq!(found[0].labels[0].message, "did you mean `path-length`?");
}

#[test]
fn a_fleet_is_reported_once() {
    let text = "spec = 1\n[ca.root]\nsubject.common_name = \"R\"\n[leaf.a]\nissuer = \"root\"\ncount = 5\nsubject.common_name = \"a\"\nsan = [\"a{{ index }}\"]\n";
    let (_, hierarchy) = load("a.toml", text).unwrap();
    let found: Vec<_> = judge(&hierarchy).diagnostics.into_iter().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "`a1` of `a-1` is one label alone");
    assert_eq!(found[0].notes[1], "so it is with 4 more of `a`");
}

fn marker(rule: &Rule) -> String {
    format!("{:?}[{}]", rule.level, rule.id)
}

/// What resolving and the rules say about a spec, each with its level and code.
fn findings(path: &str) -> Vec<String> {
    let say = |diagnostic: &Diagnostic| {
        format!(
            "{:?}[{}]: {}",
            diagnostic.level, diagnostic.code, diagnostic.message
        )
    };
    match load(path, &read(path)) {
        Ok((_, hierarchy)) => {
            let judgement = judge(&hierarchy);
            hierarchy
                .warnings()
                .iter()
                .chain(&judgement.diagnostics)
                .map(say)
                .collect()
        }
        Err(diagnostics) => diagnostics.iter().map(say).collect(),
    }
}

fn load(path: &str, text: &str) -> Result<(Document, Hierarchy), Diagnostics> {
    load_with(path, text, None, &VariableSources::default())
}

fn load_with(
    path: &str,
    text: &str,
    env: Option<&str>,
    variables: &VariableSources,
) -> Result<(Document, Hierarchy), Diagnostics> {
    let mut document = Document::parse(Utf8Path::new(path), text, env, variables)
        .map_err(|failure| failure.diagnostics)?;
    let spec = Spec::read(&document)?;
    let now = "2026-11-25T00:00:00Z".parse().unwrap();
    let hierarchy = resolve(&spec, &mut document, now)?;
    Ok((document, hierarchy))
}

fn read(path: &str) -> String {
    fs::read_to_string(here().join(path)).unwrap()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
