//! The verdict on a store: what is well in one line, then each finding.

use std::fmt::Write;

use jiff::Timestamp;

use crate::report::style::{Style, count, span};
use crate::verify::{Status, Verdict};

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
        parts.push(format!("{} open", count(well.pkcs12, "PKCS#12 file")));
    }
    if !parts.is_empty() {
        let _ = writeln!(text, "  {} {}", style.green("✓"), parts.join(", "));
    }
    if let Some((id, end)) = &well.first_end {
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
    let width = verdict
        .checks
        .iter()
        .filter_map(|check| check.id.as_ref())
        .map(String::len)
        .max();
    for check in &verdict.checks {
        let sign = match check.status {
            Status::Failed => style.red("✗"),
            Status::Warning => style.yellow("!"),
        };
        let id = check.id.as_deref().unwrap_or("store");
        let width = width.unwrap_or(0).max(5);
        let _ = write!(text, "  {sign} {id:width$}  {}", check.message);
        if let Some(help) = &check.help {
            let _ = write!(text, "   {}", style.dim(help));
        }
        text.push('\n');
    }
    text
}
