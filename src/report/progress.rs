//! Progress of a long run: a bar on a terminal, a line every ten seconds elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::execute::Event;

/// Off a terminal, how far apart two lines are.
const APART: Duration = Duration::from_secs(10);
/// Below so many entities a run is over before anybody looks.
const FEW: usize = 200;

/// Where progress is shown.
#[derive(Debug)]
pub enum Progress {
    /// Nowhere.
    Quiet,
    /// As a bar on a terminal's standard error.
    Bar(Option<ProgressBar>),
    /// As lines; the time of the run at which the last one was due.
    Lines(Duration),
}

impl Progress {
    /// Follows an event at a time of the run. Gives a line to print, if one is due.
    pub fn follow(&mut self, event: &Event, elapsed: Duration) -> Option<String> {
        match (self, event) {
            (Self::Bar(bar), Event::Started { total }) if *total >= FEW => {
                *bar = Some(new_bar(*total));
            }
            (Self::Bar(Some(bar)), Event::Done { family, done, .. }) => {
                bar.set_prefix(family.clone());
                bar.set_position(u64::try_from(*done).unwrap_or(u64::MAX));
            }
            (
                Self::Bar(Some(bar)),
                Event::Archiving {
                    family,
                    done,
                    total,
                },
            ) => {
                if *done == 0 {
                    bar.set_prefix(format!("{family}, archives"));
                    bar.set_length(u64::try_from(*total).unwrap_or(u64::MAX));
                    bar.reset();
                }
                bar.set_position(u64::try_from(*done).unwrap_or(u64::MAX));
            }
            (
                Self::Lines(last),
                Event::Archiving {
                    family,
                    done,
                    total,
                },
            ) if elapsed.saturating_sub(*last) >= APART => {
                *last = elapsed;
                return Some(format!("{family}: {done} of {total} archives written"));
            }
            (Self::Bar(bar), Event::Finished) => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
            }
            (
                Self::Lines(last),
                Event::Done {
                    family,
                    done,
                    total,
                    ..
                },
            ) if elapsed.saturating_sub(*last) >= APART => {
                *last = elapsed;
                return Some(format!("{family}: {done} of {total} done"));
            }
            _ => {}
        }
        None
    }
}

fn new_bar(total: usize) -> ProgressBar {
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{prefix}  {bar:30}  {human_pos} / {human_len}   {rate}/s   {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{:.0}", state.per_sec());
        };
        bar.set_style(style.with_key("rate", rate).progress_chars("━╸ "));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;

    fn done(done: usize) -> Event {
        Event::Done {
            id: String::new(),
            family: "device".to_owned(),
            action: Action::Create,
            done,
            total: 500,
        }
    }

    #[test]
    fn off_a_terminal_a_line_is_due_every_ten_seconds() {
        let mut lines = Progress::Lines(Duration::ZERO);
        let mut told =
            |event: Event, second: u64| lines.follow(&event, Duration::from_secs(second));
        assert_eq!(told(Event::Started { total: 500 }, 0), None);
        assert_eq!(told(done(1), 9), None);
        assert_eq!(told(done(2), 10).as_deref(), Some("device: 2 of 500 done"));
        assert_eq!(told(done(3), 19), None);
        assert_eq!(told(done(4), 21).as_deref(), Some("device: 4 of 500 done"));
        let archiving = Event::Archiving {
            family: "device".to_owned(),
            done: 1,
            total: 3,
        };
        let said = told(archiving, 31);
        assert_eq!(said.as_deref(), Some("device: 1 of 3 archives written"));
        assert_eq!(told(Event::Finished, 60), None);
    }

    #[test]
    fn a_bar_says_where_a_long_run_is_and_none_a_short_one() {
        let mut bar = Progress::Bar(None);
        bar.follow(&Event::Started { total: FEW - 1 }, Duration::ZERO);
        assert!(matches!(bar, Progress::Bar(None)));
        bar.follow(&Event::Started { total: 500 }, Duration::ZERO);
        bar.follow(&done(17), Duration::ZERO);
        let Progress::Bar(Some(drawn)) = &bar else {
            panic!("no bar");
        };
        assert_eq!((drawn.position(), drawn.length()), (17, Some(500)));
        assert_eq!(drawn.prefix(), "device");
        bar.follow(&Event::Finished, Duration::ZERO);
        assert!(matches!(bar, Progress::Bar(None)));
    }
}
