//! How a store differs from its spec: the entities, and below each what is not as it should be.

use std::fmt::Write;

use camino::Utf8Path;

use crate::report::style::{Style, count};
use crate::verify::Difference;

/// What `check` found, of so many entities.
#[must_use]
pub fn differences(
    found: &[Difference],
    entities: usize,
    store: &Utf8Path,
    style: Style,
) -> String {
    if found.is_empty() {
        let verb = if entities == 1 { "is" } else { "are" };
        return format!(
            "  {} {} in {store} {verb} exactly what the spec says\n",
            style.green("✓"),
            count(entities, "entity")
        );
    }
    let mut text = String::new();
    let mut last = None;
    let mut concerned = 0_usize;
    for difference in found {
        if last != Some(&difference.id) {
            let _ = writeln!(text, "  {} {}", style.red("✗"), difference.id);
            concerned = concerned.saturating_add(1);
            last = Some(&difference.id);
        }
        match &difference.path {
            Some(path) => {
                let _ = writeln!(text, "      {path}: {}", difference.kind);
            }
            None => {
                let _ = writeln!(text, "      {}", difference.kind);
            }
        }
    }
    let verb = if concerned == 1 { "is" } else { "are" };
    let _ = writeln!(
        text,
        "\n{} in {store} {verb} not what the spec says (there -> spec). `pkiform apply` makes it so.",
        count(concerned, "entity")
    );
    text
}
