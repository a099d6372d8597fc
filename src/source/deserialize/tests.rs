//! Reading trees: every fault at its place, many at once.

use indexmap::IndexMap;
use serde::Deserialize;

use super::super::parse::parse;
use super::*;
use crate::source::{SourceMap, Span, Spanned};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct Outer {
    name: Spanned<String>,
    #[serde(default)]
    inner: IndexMap<String, Inner>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    depth: Option<Spanned<u8>>,
    word: Option<Word>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Word {
    NotNow,
}

fn try_read(text: &str) -> (Option<Outer>, Vec<String>) {
    let mut map = SourceMap::new();
    let tree = parse("t.toml".into(), text, &mut map).unwrap();
    let mut diagnostics = Diagnostics::new();
    let outer = read(&tree, "a test", &mut diagnostics);
    let drawn = diagnostics.iter().map(|diagnostic| {
        let label = diagnostic.labels.first().unwrap();
        let at = map.locate(label.span).unwrap();
        format!(
            "{}:{}:{} {} ({})",
            diagnostic.code, at.line, at.column, diagnostic.message, label.message
        )
    });
    (outer, drawn.collect())
}

#[test]
fn values_keep_their_places() {
    let (outer, faults) = try_read("name = \"x\"\n[inner.a]\ndepth = 3\nword = 'not-now'");
    assert!(faults.is_empty(), "{faults:?}");
    let outer = outer.unwrap();
    assert_eq!(outer.name.span, Span { start: 7, end: 10 });
    let inner = outer.inner.get("a").unwrap();
    assert_eq!(inner.depth.as_ref().unwrap().value, 3);
    assert_eq!(inner.word, Some(Word::NotNow));
}

#[test]
fn all_faults_come_at_once_each_at_its_place() {
    let (outer, faults) = try_read("name = 7");
    assert!(outer.is_none());
    assert_eq!(
        faults,
        [
            "wrong-type:1:8 the number 7 stands where a string belongs: put it in quotes (wrong type)"
        ]
    );
    let (_, faults) = try_read(
        "name = ''\n[inner.a]\ndepht = 3\ndepth = 300\n[inner.b]\nword = 'not-nwo'\nzzz = 1\n",
    );
    assert_eq!(
        faults,
        [
            "unknown-key:3:1 `depht` is no key of `a` (did you mean `depth`?)",
            "invalid-value:4:9 the number 300 stands where a whole number from 0 to 255 belongs ()",
            "invalid-value:6:8 `not-nwo` is none of the known values (did you mean `not-now`?)",
            "unknown-key:7:1 `zzz` is no key of `b` (unknown)",
        ]
    );
}
