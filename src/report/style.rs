//! Colours, and words in the singular and plural.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects, Style as Ansi};

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

/// A length of time as people say it: `30 d`, `12 h`, `5 min`.
#[must_use]
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
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
    fn a_plain_text_has_no_control_characters() {
        assert_eq!(Style::plain().red("x"), "x");
        assert!(Style::coloured().red("x").contains('\u{1b}'));
    }
}
