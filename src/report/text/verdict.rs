//! The verdict on a store: what is well in one line, then each finding.

use std::fmt::Write;

use jiff::Timestamp;

use super::fleet;
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
    if well.revoked > 0 {
        parts.push(format!("{} revoked", count(well.revoked, "certificate")));
    }
    if !parts.is_empty() {
        let _ = writeln!(text, "  {} {}", style.green("✓"), parts.join(", "));
    }
    // Where an end is a fault, it is said there.
    let ends = verdict
        .checks
        .iter()
        .any(|check| check.code == "expiry" && check.status != Status::Note);
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
    let width = rows.iter().map(|row| row.who().chars().count()).max();
    for row in &rows {
        let sign = match row.first.status {
            Status::Failed => style.red("✗"),
            Status::Warning => style.yellow("!"),
            Status::Note => style.dim("·"),
        };
        let width = width.unwrap_or(0);
        let _ = write!(text, "  {sign} {:width$}  {}", row.who(), row.message());
        if let Some(help) = row.help() {
            let _ = write!(text, "   {}", style.dim(help));
        }
        text.push('\n');
    }
    text
}

/// Findings in one row: one, or several of a fleet that follow one another and are told the same.
struct Row<'a> {
    first: &'a Check,
    last: &'a Check,
    number: usize,
    /// What holds for any of them.
    alike: Option<Alike>,
}

#[derive(PartialEq, Eq)]
struct Alike {
    family: String,
    message: String,
    help: Option<String>,
}

fn rows(checks: &[Check]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for check in checks {
        let alike = alike(check);
        match rows.last_mut() {
            Some(row)
                if alike.is_some()
                    && row.alike == alike
                    && (row.first.code, row.first.status) == (check.code, check.status) =>
            {
                (row.last, row.number) = (check, row.number + 1);
            }
            _ => rows.push(Row {
                first: check,
                last: check,
                number: 1,
                alike,
            }),
        }
    }
    rows
}

/// A finding about `device-7` in words about any device.
fn alike(check: &Check) -> Option<Alike> {
    let id = check.id.as_deref()?;
    let (family, _) = id.rsplit_once('-')?;
    let anyone = |text: &str| fleet::anyone(text, id, family);
    Some(Alike {
        message: anyone(&check.message),
        help: check.help.as_deref().map(anyone),
        family: family.to_owned(),
    })
}

impl Row<'_> {
    fn who(&self) -> String {
        let id = |check: &Check| check.id.clone().unwrap_or_else(|| "store".to_owned());
        let (first, last) = (id(self.first), id(self.last));
        match self.number {
            1 => first,
            2 => format!("{first}, {last}"),
            number => format!("{first} … {last} ({number})"),
        }
    }

    fn shared(&self) -> Option<&Alike> {
        self.alike.as_ref().filter(|_| self.number > 1)
    }

    fn message(&self) -> &str {
        self.shared()
            .map_or(&self.first.message, |alike| &alike.message)
    }

    fn help(&self) -> Option<&str> {
        self.shared()
            .map_or(&self.first.help, |alike| &alike.help)
            .as_deref()
    }
}
