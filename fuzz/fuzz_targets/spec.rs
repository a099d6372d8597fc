//! Feeds any text to everything that stands before a key is made: parser, spec, hierarchy, rules, plan.
//!
//! `cargo +nightly fuzz run spec fuzz/seeds -- -max_total_time=600`

#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::State;

fuzz_target!(|text: &str| {
    // What lies in other files is no part of the text, and a fleet of millions takes its time rightly.
    let long_number = text.as_bytes().windows(5).any(|five| five.iter().all(u8::is_ascii_digit));
    if text.contains('/') || long_number || text.contains('_') && text.contains("count") {
        return;
    }
    let variables = VariableSources::default();
    let path = Utf8Path::new("no-such-folder/fuzz.toml");
    let Ok(mut document) = Document::parse(path, text, None, &variables) else { return };
    let Ok(spec) = Spec::read(&document) else { return };
    let now = jiff::Timestamp::from_second(1_795_564_800).unwrap();
    let Ok(hierarchy) = pkiform::hierarchy::resolve(&spec, &mut document, now) else { return };
    let _ = pkiform::rules::check(&hierarchy);
    let state = State::read(Utf8Path::new("no-such-folder/store")).unwrap();
    let _ = pkiform::plan::plan(&hierarchy, &state, &pkiform::plan::Options::default());
});
