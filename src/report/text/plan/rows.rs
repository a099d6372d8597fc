//! The rows of a plan: one an entity, or one for those of a fleet that are alike, in a tree.

use std::collections::BTreeMap;

use super::reason::{likeness, sentence, sentence_for_all};
use crate::catalog::RevocationReason;
use crate::plan::{Action, Kind, Reason, Step};
use crate::report::style::{lifetime, span};

/// How many runs of ids a row names.
const RUNS: usize = 3;

/// One entity, or several of a fleet that are alike.
pub(super) struct Row<'a> {
    /// The steps with their places in the plan, at least one.
    steps: Vec<(usize, &'a Step)>,
    /// What stands before the sign: the branches of the tree.
    pub(super) branch: String,
}

impl<'a> Row<'a> {
    /// The step that stands for all.
    pub(super) fn first(&self) -> Option<&'a Step> {
        self.steps.first().map(|(_, step)| *step)
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().map(|(_, step)| *step)
    }

    /// The columns up to the name.
    pub(super) fn indent(&self) -> usize {
        self.branch.chars().count()
    }

    pub(super) fn name(&self) -> String {
        match self.steps.as_slice() {
            [(_, one)] => one.id.clone(),
            [(_, first), ..] => format!("{} ({})", first.family, self.steps.len()),
            [] => String::new(),
        }
    }

    /// Which ones of a fleet: `device-1 … device-5, device-7`.
    pub(super) fn members(&self) -> Option<String> {
        if self.steps.len() < 2 {
            return None;
        }
        let mut runs: Vec<(&str, &str, usize)> = Vec::new();
        let mut after = None;
        for (place, step) in &self.steps {
            match runs.last_mut() {
                Some((_, last, length)) if after == Some(*place) => {
                    *last = &step.id;
                    *length += 1;
                }
                _ => runs.push((&step.id, &step.id, 1)),
            }
            after = Some(place + 1);
        }
        let mut parts: Vec<String> = runs
            .iter()
            .take(RUNS)
            .map(|(first, last, length)| match length {
                1 => (*first).to_owned(),
                2 => format!("{first}, {last}"),
                _ => format!("{first} … {last}"),
            })
            .collect();
        let unnamed: usize = runs.iter().skip(RUNS).map(|(.., length)| length).sum();
        if unnamed > 0 {
            parts.push(format!("{unnamed} more"));
        }
        Some(parts.join(", "))
    }

    /// What will be made, or what is done and why.
    pub(super) fn what(&self) -> String {
        let Some(step) = self.first() else {
            return String::new();
        };
        match step.action {
            Action::Create => made(step),
            Action::Keep if step.external => "external".to_owned(),
            Action::Keep => String::new(),
            _ if self.steps.len() == 1 => sentence(step),
            _ => sentence_for_all(&self.steps().collect::<Vec<_>>()),
        }
    }
}

/// Why its certificates are revoked: `revoked (key-compromise)`; of one whose generation was raised, the older ones.
pub(super) fn revoked(step: &Step) -> Option<String> {
    let revoked = step.revoked.as_ref()?;
    let whose = if revoked.present {
        "revoked".to_owned()
    } else {
        format!("generation {} revoked", revoked.generation)
    };
    Some(match revoked.reason {
        RevocationReason::Unspecified => whose,
        reason => format!("{whose} ({reason})"),
    })
}

/// What a new entity will be: its key, its lifetime, its path length.
fn made(step: &Step) -> String {
    let mut parts = vec![format!("{:<10}", step.algorithm)];
    if let (Some(begin), Some(end)) = (step.not_before, step.not_after) {
        let life = if step.cut {
            let seconds = end.as_second().saturating_sub(begin.as_second());
            format!("{} (cut at its issuer's end)", span(seconds))
        } else {
            lifetime(begin, end)
        };
        parts.push(format!("{life:<4}"));
    }
    // That it is new, its sign says.
    let reasons = step.reasons.iter().filter(|reason| **reason != Reason::New);
    parts.extend(reasons.map(ToString::to_string));
    if let Some(length) = step.path_length {
        parts.push(format!("path length {length}"));
    }
    parts.join("   ")
}

/// The rows in the order of the plan. `fold` says whether a fleet's are drawn as one where they are alike.
pub(super) fn rows(steps: &[Step], fold: bool) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut known: BTreeMap<(&str, Option<&str>, String), usize> = BTreeMap::new();
    for (place, step) in steps.iter().enumerate() {
        // What issues has a place of its own: its children stand below it.
        let folds = fold && step.id != step.family && step.kind != Kind::Ca;
        if folds {
            let key = (step.family.as_str(), step.issuer.as_deref(), alike(step));
            if let Some(row) = known.get(&key).and_then(|index| rows.get_mut(*index)) {
                row.steps.push((place, step));
                continue;
            }
            known.insert(key, rows.len());
        }
        rows.push(Row {
            steps: vec![(place, step)],
            branch: String::new(),
        });
    }
    branches(&mut rows);
    rows
}

fn alike(step: &Step) -> String {
    let action = step.action.verb();
    let allow = step.allow.join(",") + &revoked(step).unwrap_or_default();
    match step.action {
        Action::Create => format!("{action} {} {allow}", made(step)),
        Action::Keep => format!("{action} {allow}"),
        _ => format!("{action} {allow} {}", likeness(step)),
    }
}

/// Draws the tree from its end: a row is the last of its siblings if none follows before its parent's next one.
fn branches(rows: &mut [Row<'_>]) {
    let mut follows: Vec<bool> = Vec::new();
    for row in rows.iter_mut().rev() {
        let depth = row.first().map_or(0, |step| step.depth);
        follows.resize(depth + 1, false);
        let mut branch = String::new();
        for (level, more) in follows.iter().enumerate().skip(1) {
            branch.push_str(match (level == depth, more) {
                (true, true) => "├ ",
                (true, false) => "└ ",
                (false, true) => "│ ",
                (false, false) => "  ",
            });
        }
        row.branch = branch;
        if let Some(last) = follows.last_mut() {
            *last = true;
        }
    }
}
