//! Feeds any text to everything that stands before a key is made, and draws what is said about it.
//!
//! `cargo +nightly fuzz run spec fuzz/corpus/spec specs templates tests/rules -- -dict=fuzz/spec.dict -max_len=8192 -max_total_time=600`
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/fuzz/swallow.rs"]
mod swallow;

fuzz_target!(|text: &str| {
    // A device is no file, and may never end.
    if !text.contains("/dev") && !text.contains("/proc") {
        swallow::swallow(text);
    }
});
