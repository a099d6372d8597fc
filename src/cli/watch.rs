//! Watching what looks at the members of a long fleet: on a terminal how far it is, elsewhere a line every ten seconds.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Output;
use crate::report::style::thousands;

/// How often it is looked.
const OFTEN: Duration = Duration::from_millis(100);
/// After so many looks a terminal shows something: a short plan needs no watching.
const SHOWN: u32 = 10;
/// Between so many looks a line is due elsewhere.
const LINE: u32 = 100;

/// Does some work, and shows how many members of fleets it has looked at; `what` is the word for it.
pub(super) fn watched<T>(
    output: Output,
    what: &'static str,
    walked: &AtomicUsize,
    work: impl FnOnce() -> T,
) -> T {
    if output.quiet || output.json {
        return work();
    }
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| watch(output, what, walked, &ended));
        let done = work();
        ended.store(true, Ordering::Release);
        watch.thread().unpark();
        done
    })
}

fn watch(output: Output, what: &str, walked: &AtomicUsize, ended: &AtomicBool) {
    let on_terminal = std::io::stderr().is_terminal();
    let mut bar: Option<ProgressBar> = None;
    let mut looks = 0_u32;
    while !ended.load(Ordering::Acquire) {
        thread::park_timeout(OFTEN);
        looks = looks.saturating_add(1);
        let count = thousands(walked.load(Ordering::Relaxed));
        if on_terminal && looks >= SHOWN {
            bar.get_or_insert_with(|| spinner(what))
                .set_message(format!("{count} members looked at"));
        } else if !on_terminal && looks.is_multiple_of(LINE) {
            output.note(&format!("{what}: {count} members looked at\n"));
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{prefix}  {spinner}  {msg}") {
        bar.set_style(style);
        bar.set_prefix(what.to_owned());
    }
    bar
}
