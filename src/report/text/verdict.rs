//! The verdict on a store: what is well in one line, then each finding.

use std::fmt::Write;

use jiff::Timestamp;

use crate::report::style::{Style, count, span};
use crate::verify::{Check, Status, Verdict};

/// The verdict at a moment.
#[must_use]
pub fn verdict(verdict: &Verdict, now: Timestamp, style: Style) -> String {
    let mut text = String::new();
    let well = &verdict.summary;
    let mut parts = Vec::new();
    if well.certificates > 0 {
        let roots = well.roots.join(", ");
        let verb = if well.certificates == 1 {
            "chains"
        } else {
            "chain"
        };
        parts.push(format!(
            "{} {verb} to {roots}",
            count(well.certificates, "certificate")
        ));
    }
    if well.keys > 0 {
        parts.push(format!("{} fit", count(well.keys, "key")));
    }
    if well.files > 0 {
        parts.push(format!("{} match the lock", count(well.files, "file")));
    }
    if well.pkcs12 > 0 {
        let verb = if well.pkcs12 == 1 { "opens" } else { "open" };
        parts.push(format!("{} {verb}", count(well.pkcs12, "PKCS#12 file")));
    }
    if !parts.is_empty() {
        let _ = writeln!(text, "  {} {}", style.green("✓"), parts.join(", "));
    }
    // Where an end is a fault, it is said there.
    let ends = verdict.checks.iter().any(|check| check.code == "expiry");
    if let Some((id, end)) = well.first_end.as_ref().filter(|_| !ends) {
        let left = span(end.as_second() - now.as_second());
        let _ = writeln!(
            text,
            "  {} expires first: {id}, in {left} ({})",
            style.green("✓"),
            end.strftime("%F")
        );
    }
    if well.untried > 0 {
        let _ = writeln!(
            text,
            "  {} {} not tried: the passphrase is not known here",
            style.dim("·"),
            count(well.untried, "encrypted file")
        );
    }
    let rows = rows(&verdict.checks);
    let width = rows.iter().map(|(who, _)| who.chars().count()).max();
    for (who, check) in &rows {
        let sign = match check.status {
            Status::Failed => style.red("✗"),
            Status::Warning => style.yellow("!"),
        };
        let width = width.unwrap_or(0);
        let _ = write!(text, "  {sign} {who:width$}  {}", check.message);
        if let Some(help) = &check.help {
            let _ = write!(text, "   {}", style.dim(help));
        }
        text.push('\n');
    }
    text
}

/// Findings with whom they concern: several of a fleet that follow one another and are told the same are one row.
fn rows(checks: &[Check]) -> Vec<(String, &Check)> {
    let mut rows: Vec<(&Check, &Check, usize)> = Vec::new();
    for check in checks {
        match rows.last_mut() {
            Some((first, last, number))
                if check.id.is_some()
                    && stem(first) == stem(check)
                    && (first.code, first.status) == (check.code, check.status)
                    && first.message == check.message
                    && first.help == check.help =>
            {
                (*last, *number) = (check, *number + 1);
            }
            _ => rows.push((check, check, 1)),
        }
    }
    let id = |check: &Check| check.id.clone().unwrap_or_else(|| "store".to_owned());
    rows.into_iter()
        .map(|(first, last, number)| {
            let who = match number {
                1 => id(first),
                2 => format!("{}, {}", id(first), id(last)),
                _ => format!("{} … {} ({number})", id(first), id(last)),
            };
            (who, first)
        })
        .collect()
}

/// What the ids of a fleet share: `device` of `device-7`.
fn stem(check: &Check) -> Option<&str> {
    check.id.as_deref()?.rsplit_once('-').map(|(stem, _)| stem)
}
