//! A certificate revocation list, as a person reads it.

use std::fmt::Write;

use jiff::Timestamp;

use crate::report::json::number;
use crate::report::style::{Style, count};
use crate::x509::{Crl, serial, time};

/// The list, at a moment.
#[must_use]
pub fn crl(crl: &Crl, now: Timestamp, style: Style) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", style.dim(format!("{name:<12}")));
    };
    line("Issuer", &crl.issuer().to_string());
    let number = crl.number().map_or_else(|| "none".to_owned(), number);
    line("CRL number", &number);
    line("This update", &time::show(crl.this_update()));
    if let Some(next) = crl.next_update() {
        let shown = time::show(next);
        let shown = if next <= now {
            format!("{shown} ({})", style.red("out of date"))
        } else {
            shown
        };
        line("Next update", &shown);
    }
    line("Revoked", &count(crl.entries().len(), "certificate"));
    for entry in crl.entries() {
        let _ = write!(
            text,
            "  {}  {}  {}",
            serial::to_hex(&entry.serial),
            time::show(entry.date),
            entry.reason
        );
        if let Some(date) = entry.invalidity_date {
            let _ = write!(text, ", invalid since {}", time::show(date));
        }
        text.push('\n');
    }
    text
}
