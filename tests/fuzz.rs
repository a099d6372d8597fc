//! The fuzz target's stand-in on stable: shipped specs with pieces cut, doubled and exchanged never make it panic.

use std::fs;
use std::sync::LazyLock;

use camino::Utf8Path;
use pkiform::hierarchy::resolve;
use pkiform::plan::{Options, plan};
use pkiform::rules;
use pkiform::source::{Diagnostics, Document, SourceMap, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::State;
use proptest::prelude::*;

/// Specs to begin from: all shipped ones, and those of the rules, which have the rarer words.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut files: Vec<_> = ["specs", "templates", "tests/rules"]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
});

/// What is put into a spec beside its own pieces.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{% for i in range(9) %}",
    "\"",
    "'''",
    "[",
    "]",
    "[[",
    "{ ",
    " }",
    "=",
    ".",
    ",",
    "\n",
    "\0",
    "ä",
    "🔑",
    "-1",
    "0",
    "255",
    "256",
    "1e9",
    "false",
    "true",
    "1979-05-27",
    "inf",
    "nan",
    "depth = 3\n",
    "count = 3\n",
    "for_each = [\"a\", \"{{ item }}\"]\n",
    "issuer = \"self\"\n",
    "issuer = \"{{ issuer }}\"\n",
    "when = \"{{ id }}\"\n",
    "#",
    "\\u0000",
    "\\",
    "subject = \"CN=\\\\,+=\"\n",
    "validity = \"9999y\"\n",
    "not_after = \"9999-12-31\"\n",
    "{{ index }}",
    "{{ item.x.y }}",
    "{{ 1 / 0 }}",
    "{{ [1] | first | pad(9) }}",
    "id = \"{{ level }}\"\n",
];

/// Everything that stands before a key is made; gives what it had to say.
fn examine(text: &str) -> Option<(Diagnostics, SourceMap)> {
    let variables = VariableSources::default();
    let path = Utf8Path::new("no-such-folder/fuzz.toml");
    let mut document = match Document::parse(path, text, None, &variables) {
        Ok(document) => document,
        Err(failure) => return Some((failure.diagnostics, failure.map)),
    };
    let spec = match Spec::read(&document) {
        Ok(spec) => spec,
        Err(found) => return Some((found, document.map)),
    };
    let now = jiff::Timestamp::from_second(1_795_564_800).unwrap();
    let hierarchy = match resolve(&spec, &mut document, now) {
        Ok(hierarchy) => hierarchy,
        Err(found) => return Some((found, document.map)),
    };
    let found = rules::check(&hierarchy);
    let state = State::read(Utf8Path::new("no-such-folder/store")).unwrap();
    let _ = plan(&hierarchy, &state, &Options::default());
    (!found.is_empty()).then_some((found, document.map))
}

/// A spec with something done to it.
fn changed() -> impl Strategy<Value = String> {
    let changes = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            0..4_u8,
            any::<prop::sample::Index>(),
        ),
        1..6,
    );
    (any::<prop::sample::Index>(), changes).prop_map(|(seed, changes)| {
        let mut text: Vec<char> = seed.get(&SEEDS).chars().collect();
        for (place, change, what) in changes {
            let at = place.index(text.len() + 1);
            let end = (at + what.index(20)).min(text.len());
            match change {
                0 => drop(text.drain(at..end)),
                1 => {
                    let again: Vec<char> = text[at..end].to_vec();
                    text.splice(at..at, again);
                }
                2 => drop(text.splice(at..at, what.get(PIECES).chars())),
                _ => {
                    let other: Vec<char> = what
                        .get(&SEEDS)
                        .lines()
                        .nth(at % 30)
                        .unwrap_or("")
                        .chars()
                        .collect();
                    text.splice(at..at, other);
                }
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_spec_never_panics_and_each_finding_can_be_drawn(text in changed()) {
        let long_number = text.as_bytes().windows(6).any(|six| six.iter().all(u8::is_ascii_digit));
        prop_assume!(!long_number);
        if let Some((found, map)) = examine(&text) {
            let drawn = pkiform::report::text::diagnostics(&found, &map, pkiform::report::Style::plain());
            prop_assert!(!drawn.is_empty());
        }
    }
}
