//! The whole way of a text: read, resolved, ruled, planned, and what is said about it drawn. The fuzzer takes it too.

use camino::Utf8Path;
use pkiform::hierarchy::resolve;
use pkiform::plan::{Options, plan};
use pkiform::report::{Style, text};
use pkiform::rules;
use pkiform::source::{Diagnostics, Document, SourceMap, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::State;

/// Takes a text the whole way to a plan, and draws what is said about it.
pub(crate) fn swallow(text: &str) {
    let path = Utf8Path::new("no-such-folder/hostile.toml");
    let mut document = match Document::parse(path, text, None, &VariableSources::default()) {
        Ok(document) => document,
        Err(failure) => return draw(&failure.diagnostics, &failure.map),
    };
    let spec = match Spec::read(&document) {
        Ok(spec) => spec,
        Err(found) => return draw(&found, &document.map),
    };
    if asks_for_many(text) {
        return;
    }
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let hierarchy = match resolve(&spec, &mut document, now) {
        Ok(hierarchy) => hierarchy,
        Err(found) => return draw(&found, &document.map),
    };
    let found = rules::check(&hierarchy);
    draw(&found, &document.map);
    if !found.has_errors() {
        let state = State::read(Utf8Path::new("no-such-folder/store")).unwrap();
        if let Err(found) = plan(&hierarchy, &state, &Options::default()) {
            draw(&found, &document.map);
        }
    }
}

/// A fleet of millions is no fault, but takes its time: a value that is a number of some length.
fn asks_for_many(text: &str) -> bool {
    text.split('=').skip(1).any(|value| {
        let value = value.trim_start_matches([' ', '"', '\'']);
        let rest = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        (4..10).contains(&(value.len() - rest.len())) && !rest.starts_with('-')
    })
}

/// Every finding is well formed, stands somewhere, and can be drawn.
fn draw(found: &Diagnostics, map: &SourceMap) {
    for diagnostic in found {
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        for label in &diagnostic.labels {
            assert!(map.snippet(label.span).is_some(), "{diagnostic:?}");
        }
    }
    let drawn = text::diagnostics(found, map, Style::coloured());
    assert_eq!(drawn.is_empty(), found.is_empty());
}
