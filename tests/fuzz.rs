//! The fuzz target's stand-in on stable: shipped specs with pieces cut, doubled and exchanged never make it panic.

mod spoil;
mod swallow;

use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use spoil::WORDS;
use swallow::swallow;

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
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_spec_is_answered(text in changed()) {
        swallow(&text);
    }

    #[test]
    fn a_spec_with_strange_lines_is_answered(
        seed in any::<prop::sample::Index>(),
        spoils in prop::collection::vec(spoil::spoil(), 1..4),
    ) {
        swallow(&spoil::spoiled(seed.get::<String>(&SEEDS), &spoils));
    }

    #[test]
    fn any_text_and_any_bundle_of_words_are_answered(
        text in any::<String>(),
        words in prop::collection::vec(select(WORDS), 0..60),
    ) {
        swallow(&text);
        swallow(&words.concat());
        swallow(&format!("spec = 1\n{}", words.concat()));
    }

    #[test]
    fn any_template_is_answered(pieces in prop::collection::vec(select(WORDS), 1..20)) {
        let value = pieces.concat().replace('\'', "\u{2019}").replace(['\n', '\r', '\0'], " ");
        swallow(&format!(
            "spec = 1\n[ca.a]\nsubject.common_name = '{value} {{{{ {value} }}}}'\n\
             [leaf.b]\nissuer = 'a'\ncount = 2\nsan = ['{value}', '{{{{ {value} }}}}', 'dirname:CN={value}']\n"
        ));
    }
}

#[test]
fn every_seed_is_swallowed_whole() {
    for seed in SEEDS.iter() {
        swallow(seed);
    }
}
