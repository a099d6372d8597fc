//! The rules, each with its level, its source and why it holds.

use std::fmt::Write;

use crate::report::Style;
use crate::rules::Rule;
use crate::source::Level;

/// A list of rules.
#[must_use]
pub fn rules(rules: &[&Rule], style: Style) -> String {
    let mut text = String::new();
    for rule in rules {
        let level = match rule.level {
            Level::Error => style.red("error"),
            Level::Warning => style.yellow("warning"),
        };
        let _ = writeln!(
            text,
            "{}  {level}  {}",
            style.bold(rule.id),
            style.dim(rule.source)
        );
        let _ = writeln!(text, "    {}", rule.why);
        let _ = writeln!(text, "    {}: {}", style.green("help"), rule.help);
    }
    text
}
