//! A plan as a tree: each entity with its sign and the reason behind it, like ones of a fleet in one row, then counts.

mod fleets;
mod reason;
mod rows;

use std::fmt::Write;

use jiff::Timestamp;

use crate::plan::{Action, Change, Plan, Reproduction};
use crate::report::style::{Style, count, span};
use rows::{Row, revoked, rows};

/// How much of a plan is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Those of a fleet that are alike in one row.
    Rows,
    /// Each entity, and below it each file that changes.
    Files,
}

/// The whole plan.
#[must_use]
pub fn plan(plan: &Plan, detail: Detail, style: Style) -> String {
    let rows = rows(&plan.steps, detail == Detail::Rows);
    let name = rows
        .iter()
        .map(|row| row.indent() + row.name().chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    let whose = match &plan.env {
        Some(env) => format!("{} ({env})", plan.spec),
        None => plan.spec.clone(),
    };
    let new = if plan.new_store { " (new)" } else { "" };
    let _ = writeln!(
        text,
        "{}: {}, store {}{new}",
        style.bold(whose),
        count(plan.len(), "entity"),
        plan.store
    );
    if let Some(reproduction) = &plan.reproducible {
        let _ = writeln!(text, "{}", reproduction_line(reproduction));
    }
    text.push('\n');
    for row in &rows {
        let _ = writeln!(text, "{}", draw(row, name, style));
        if detail == Detail::Files {
            draw_files(&mut text, row, style);
        }
    }
    for fleet in &plan.fleets {
        fleets::draw(&mut text, fleet, plan.options.prune, style);
    }
    for pack in &plan.pruned_packs {
        let _ = writeln!(
            text,
            "  {} {pack}  its fleet is no longer in the spec, or no longer packed; it goes to the archive",
            style.red("-")
        );
    }
    draw_orphans(&mut text, plan, detail, style);
    let _ = write!(text, "\n{}\n", counts(plan));
    text
}

/// `reproducible: seed 3f2a…, epoch 2026-11-01, by month until 2026-12-01`.
fn reproduction_line(reproduction: &Reproduction) -> String {
    let day = |time: Timestamp| {
        let text = time.to_string();
        text.strip_suffix("T00:00:00Z").unwrap_or(&text).to_owned()
    };
    let seed = reproduction.seed.as_deref().unwrap_or("not read");
    let mut line = format!(
        "reproducible: seed {seed}, epoch {}",
        day(reproduction.epoch)
    );
    if let (Some(period), Some(next)) = (&reproduction.period, reproduction.next) {
        let _ = write!(line, " (this {period}, until {})", day(next));
    }
    line
}

/// The one line that is said where nothing is to be done.
#[must_use]
pub fn no_changes(plan: &Plan) -> String {
    let first = plan
        .steps
        .iter()
        .filter(|step| step.revoked.as_ref().is_none_or(|one| !one.present))
        .filter_map(|step| Some((step.not_after?, step.id.clone())));
    let fleets = plan
        .fleets
        .iter()
        .filter_map(|fleet| Some((fleet.first_end?, format!("one of {}", fleet.family))));
    let first = first
        .chain(fleets)
        .min_by_key(|(end, _)| *end)
        .map(|(end, id)| {
            let left = end.as_second().saturating_sub(plan.now.as_second());
            if left > 0 {
                format!(" (expires first: {id}, in {})", span(left))
            } else {
                format!(" (expired: {id})")
            }
        })
        .unwrap_or_default();
    let verb = if plan.len() == 1 { "matches" } else { "match" };
    format!(
        "No changes. {} {verb} {}{first}.\n",
        count(plan.len(), "entity"),
        plan.store
    )
}

/// The last line: `Plan: 2 to reissue, 1 unchanged. No key changes.`
fn counts(plan: &Plan) -> String {
    let counts = plan.counts();
    let mut parts: Vec<String> = counts
        .changes()
        .map(|(action, number)| format!("{number} to {}", action.verb()))
        .collect();
    if counts.keep > 0 {
        parts.push(format!("{} unchanged", counts.keep));
    }
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    let keys = if counts.rekey > 0 {
        let old = if counts.rekey == 1 { "one" } else { "ones" };
        format!(
            " {} replaced, the old {old} archived.",
            count(counts.rekey, "key")
        )
    } else if counts.create > 0 || counts.remove > 0 {
        String::new()
    } else {
        " No key changes.".to_owned()
    };
    format!("Plan: {}.{keys}", parts.join(", "))
}

fn draw(row: &Row<'_>, name: usize, style: Style) -> String {
    let Some(step) = row.first() else {
        return String::new();
    };
    let sign = match step.action {
        Action::Create | Action::Adopt => style.green("+"),
        Action::Keep => style.dim("="),
        Action::Remove => style.red("-"),
        Action::Rekey => style.red("~"),
        Action::Reissue | Action::Renew | Action::Repackage => style.yellow("~"),
    };
    let mut line = format!(
        "  {}{sign} {:width$}  {:<4}",
        row.branch,
        row.name(),
        step.kind.word(),
        width = name.saturating_sub(row.indent())
    );
    let mut parts = vec![row.what()];
    parts.extend(row.members());
    parts.extend(revoked(step));
    if !step.allow.is_empty() {
        parts.push(format!("allowed to break: {}", step.allow.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    if !parts.is_empty() {
        let _ = write!(line, "  {}", parts.join("   "));
    }
    line.trim_end().to_owned()
}

/// The files that the steps of a row change, below it.
fn draw_files(text: &mut String, row: &Row<'_>, style: Style) {
    for file in row.steps().flat_map(|step| &step.files) {
        let sign = match file.change {
            Change::Create => style.green("+"),
            Change::Rewrite => style.yellow("~"),
            Change::Mode => style.yellow("m"),
            Change::Remove => style.red("-"),
        };
        let indent = row.indent() + 6;
        let _ = writeln!(text, "{:indent$}{sign} {}", "", style.dim(&file.path));
    }
}

/// What left the spec: each by name, of many the first.
fn draw_orphans(text: &mut String, plan: &Plan, detail: Detail, style: Style) {
    let orphans = &plan.orphans;
    // Pruned is nothing that a row may mean which can't be read.
    let why = if plan.options.prune {
        "left alone: one of the bad rows may be its"
    } else {
        "is no longer in the spec; left alone (--prune takes it away, its keys go to the archive)"
    };
    let most = if detail == Detail::Files {
        usize::MAX
    } else {
        10
    };
    for orphan in orphans.iter().take(most) {
        let _ = writeln!(
            text,
            "  {} {}  {}",
            style.yellow("?"),
            orphan.id,
            style.dim(why)
        );
    }
    let more = orphans.len().saturating_sub(most);
    if more > 0 {
        let _ = writeln!(text, "  {} and {more} more", style.yellow("?"));
    }
}
