//! Every rule has a spec on which it alone fires and one on which none does, and is what its file says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pkiform::rules::RULES;

/// The parts of `src/rules/` that are no rules.
const NO_RULES: [&str; 2] = ["mod.rs", "registry.rs"];

#[test]
fn each_rule_is_a_file_a_row_and_two_specs() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str| -> Vec<String> {
        fs::read_dir(here.join(folder))
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
    assert_eq!(files, rows, "a file without its row in RULES, or the reverse");
    let specs: BTreeSet<String> = names("tests/rules").into_iter().collect();
    let wanted: BTreeSet<String> = rows
        .iter()
        .flat_map(|id| [format!("{id}.fires.toml"), format!("{id}.quiet.toml")])
        .collect();
    assert_eq!(specs, wanted, "a rule without its two specs, or a spec without a rule");
}

#[test]
fn each_rule_says_what_holds_and_what_to_do() {
    for rule in RULES {
        for text in [rule.source, rule.why, rule.help] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: `{text}`", rule.id);
        }
        let file = format!("src/rules/{}.rs", rule.id.replace('-', "_"));
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(text.starts_with(&format!("//! `{}`: ", rule.id)), "{}", rule.id);
    }
}
