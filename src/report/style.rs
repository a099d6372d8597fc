//! Colours, and words in the singular and plural.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects, Style as Ansi};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit, ZonedDateTimeDifference};

use crate::x509::time;

/// Whether and how text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    coloured: bool,
}

impl Style {
    /// Without any control character.
    #[must_use]
    pub fn plain() -> Self {
        Self { coloured: false }
    }

    /// With colours, for a terminal.
    #[must_use]
    pub fn coloured() -> Self {
        Self { coloured: true }
    }

    fn paint(self, style: Ansi, text: impl Display) -> String {
        if self.coloured {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    /// Errors and removals.
    pub fn red(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }

    /// Warnings and changes.
    pub fn yellow(self, text: impl Display) -> String {
        self.paint(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }

    /// What is made, and what is well.
    pub fn green(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// Places and line numbers.
    pub fn blue(self, text: impl Display) -> String {
        self.paint(AnsiColor::Blue.on_default().effects(Effects::BOLD), text)
    }

    /// Headings.
    pub fn bold(self, text: impl Display) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    /// What is said by the way.
    pub fn dim(self, text: impl Display) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }
}

/// A number and its noun: `1 key`, `2 keys`, `1 entity`, `2 entities`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        return format!("1 {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// A number in groups of three digits: `100,000`.
#[must_use]
pub fn thousands(number: usize) -> String {
    indicatif::HumanCount(u64::try_from(number).unwrap_or(u64::MAX)).to_string()
}

/// A length of time as people say it: `30 d`, `12 h`, `5 min`. It is never longer than it is but by the moments that
/// have gone by since a certificate was made.
#[must_use]
pub fn span(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    const MOMENTS: i64 = 600;
    let seconds = seconds.max(0);
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds.saturating_add(MOMENTS) / DAY),
    }
}

/// How long a certificate is valid, in years where they are whole: `10 y`, `30 d`.
#[must_use]
pub fn lifetime(begin: Timestamp, end: Timestamp) -> String {
    if end >= time::NO_END {
        return "no end".to_owned();
    }
    let utc = |time: Timestamp| time.to_zoned_datetime(TimeZone::UTC);
    let end_utc = utc(end);
    let whole_hours = ZonedDateTimeDifference::new(&end_utc)
        .largest(Unit::Year)
        .smallest(Unit::Hour);
    match utc(begin).until(whole_hours) {
        Ok(length)
            if length.get_years() > 0
                && length.fieldwise() == Span::new().years(length.get_years()) =>
        {
            format!("{} y", length.get_years())
        }
        _ => span(end.as_second().saturating_sub(begin.as_second())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(count(1, "entity"), "1 entity");
        assert_eq!(count(0, "entity"), "0 entities");
        assert_eq!(count(2, "key"), "2 keys");
    }

    #[test]
    fn whole_years_are_said_as_years() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let begin = at("2024-02-28T12:00:00Z");
        assert_eq!(lifetime(begin, at("2034-02-28T12:00:00Z")), "10 y");
        assert_eq!(lifetime(begin, at("2024-03-29T12:00:00Z")), "30 d");
        assert_eq!(lifetime(begin, at("2025-03-01T12:00:00Z")), "367 d");
        assert_eq!(lifetime(begin, time::NO_END), "no end");
        assert_eq!(lifetime(begin, begin), "0 s");
    }

    #[test]
    fn a_month_is_a_month_right_after_the_run() {
        assert_eq!(span(30 * 86_400 - 5), "30 d");
        assert_eq!(span(30 * 86_400 - 3600), "29 d");
    }

    #[test]
    fn a_plain_text_has_no_control_characters() {
        assert_eq!(Style::plain().red("x"), "x");
        assert!(Style::coloured().red("x").contains('\u{1b}'));
    }
}
