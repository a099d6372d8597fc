//! A plan as a tree: each entity with its sign and the reason behind it, like ones of a fleet in one row, then counts.

use std::fmt::Write;

use crate::plan::{Action, Change, Plan, Step};
use crate::report::style::{Style, count, span};

/// The whole plan.
#[must_use]
pub fn plan(plan: &Plan, style: Style) -> String {
    let rows = rows(&plan.steps);
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
        "{}: {}, store {}{new}\n",
        style.bold(whose),
        count(plan.steps.len(), "entity"),
        plan.store
    );
    for row in &rows {
        let _ = writeln!(text, "{}", draw(row, name, style));
    }
    for orphan in &plan.orphans {
        let _ = writeln!(
            text,
            "  {} {}  {}",
            style.yellow("?"),
            orphan.id,
            style.dim("is no longer in the spec; left alone (--prune takes it away, its keys go to the archive)")
        );
    }
    let _ = write!(text, "\n{}\n", counts(plan));
    text
}

/// The one line that is said where nothing is to be done.
#[must_use]
pub fn no_changes(plan: &Plan) -> String {
    let first = plan
        .steps
        .iter()
        .filter_map(|step| Some((step.not_after?, step)))
        .min_by_key(|(end, _)| *end)
        .map(|(end, step)| {
            let left = end.as_second() - plan.now.as_second();
            format!(" (expires first: {}, in {})", step.id, span(left))
        })
        .unwrap_or_default();
    format!(
        "No changes. {} match {}{first}.\n",
        count(plan.steps.len(), "entity"),
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
    let keys = if counts.create > 0 || counts.rekey > 0 || counts.remove > 0 {
        match counts.rekey {
            0 => String::new(),
            rekeyed => format!(
                " {} replaced, the old ones archived.",
                count(rekeyed, "key")
            ),
        }
    } else {
        " No key changes.".to_owned()
    };
    format!("Plan: {}.{keys}", parts.join(", "))
}

/// Steps that are drawn in one row: one, or several of one fleet that are alike.
struct Row<'a> {
    steps: Vec<&'a Step>,
    reason: String,
}

impl Row<'_> {
    fn first(&self) -> Option<&Step> {
        self.steps.first().copied()
    }

    fn depth(&self) -> usize {
        self.first().map_or(0, |step| step.depth)
    }

    /// The columns before the sign.
    fn indent(&self) -> usize {
        self.depth() * 2
    }

    fn name(&self) -> String {
        match self.steps.as_slice() {
            [one] => one.id.clone(),
            [first, ..] => format!("{} ({})", first.family, self.steps.len()),
            [] => String::new(),
        }
    }
}

fn rows(steps: &[Step]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for step in steps {
        let reason = reason(step);
        let alike = |row: &Row<'_>| {
            row.first().is_some_and(|first| {
                first.family == step.family
                    && first.depth == step.depth
                    && first.issuer == step.issuer
                    && first.action == step.action
                    && first.algorithm == step.algorithm
            }) && row.reason == reason
        };
        match rows.last_mut() {
            Some(row) if alike(row) => row.steps.push(step),
            _ => rows.push(Row {
                steps: vec![step],
                reason,
            }),
        }
    }
    rows
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
    let branch = match step.depth {
        0 => String::new(),
        depth => format!("{}└ ", "  ".repeat(depth - 1)),
    };
    let width = name.saturating_sub(row.indent());
    let mut line = format!(
        "  {branch}{sign} {:width$}  {:<4}",
        row.name(),
        step.kind.word()
    );
    let details = details(row, step);
    if !details.is_empty() {
        let _ = write!(line, "  {details}");
    }
    line.trim_end().to_owned()
}

/// What follows an entity's name: what will be made, or what is done and why.
fn details(row: &Row<'_>, step: &Step) -> String {
    let mut parts = Vec::new();
    match step.action {
        Action::Create => {
            parts.push(format!("{:<10}", step.algorithm));
            if let (Some(begin), Some(end)) = (step.not_before, step.not_after) {
                let cut = if step.cut {
                    " (cut at its issuer's end)"
                } else {
                    ""
                };
                parts.push(format!(
                    "{}{cut}",
                    span(end.as_second() - begin.as_second())
                ));
            }
            if let Some(length) = step.path_length {
                parts.push(format!("path length {length}"));
            }
        }
        Action::Keep if step.external => parts.push("external".to_owned()),
        Action::Keep => {}
        _ => parts.push(row.reason.clone()),
    }
    if step.action == Action::Create && !row.reason.is_empty() {
        parts.push(row.reason.clone());
    }
    if row.steps.len() > 1
        && let (Some(first), Some(last)) = (row.steps.first(), row.steps.last())
    {
        let between = if row.steps.len() > 2 { " … " } else { ", " };
        parts.push(format!("{}{between}{}", first.id, last.id));
    }
    if !step.allow.is_empty() {
        parts.push(format!("allowed to break: {}", step.allow.join(", ")));
    }
    parts.join("   ")
}

/// What is done and why, in words that are alike for like entities of a fleet.
fn reason(step: &Step) -> String {
    let reasons: Vec<String> = step
        .reasons
        .iter()
        .map(|reason| {
            reason
                .to_string()
                .replace(&step.id, &format!("{}-*", step.family))
        })
        .filter(|reason| !reason.is_empty())
        .collect();
    let why = reasons.join("; ");
    let files = files(step);
    match step.action {
        Action::Create | Action::Keep => String::new(),
        Action::Reissue => format!("reissue, same key: {why}"),
        Action::Rekey => format!("new key: {why}"),
        Action::Renew => format!("renew, same key: {why}"),
        Action::Adopt => format!("taken up as it is: {why}"),
        Action::Remove => format!("remove: {why}"),
        Action::Repackage if files.is_empty() => why,
        Action::Repackage => format!("certificate stays; {files}: {why}"),
    }
}

/// Which files are written again: `chain.pem, fullchain.pem are rewritten`.
fn files(step: &Step) -> String {
    let named = |change: Change| -> Vec<String> {
        step.files
            .iter()
            .filter(|file| file.change == change)
            .map(|file| {
                let name = file.path.file_name().unwrap_or(file.path.as_str());
                name.replace(&step.id, &format!("{}-*", step.family))
            })
            .collect()
    };
    let mut parts = Vec::new();
    for (change, one, many) in [
        (Change::Create, "is made", "are made"),
        (Change::Rewrite, "is rewritten", "are rewritten"),
        (Change::Mode, "gets its mode back", "get their modes back"),
        (Change::Remove, "is taken away", "are taken away"),
    ] {
        let names = named(change);
        match names.len() {
            0 => {}
            1 => parts.push(format!("{} {one}", names.join(", "))),
            _ => parts.push(format!("{} {many}", names.join(", "))),
        }
    }
    parts.join(", ")
}
