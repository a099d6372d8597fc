//! What a rule is, and running them all.

use super::RULES;
use super::support::{Findings, Judgement, run, run_on_members};
use crate::hierarchy::Hierarchy;
use crate::source::{About, Diagnostic, Diagnostics, Level, Span};

/// One named check on a hierarchy.
#[derive(Debug)]
pub struct Rule {
    /// The name by which `allow` lifts it: its file's, in kebab-case.
    pub id: &'static str,
    /// An error where its source says MUST or validators refuse, else a warning.
    pub level: Level,
    /// The norm that it holds, with its section.
    pub source: &'static str,
    /// What follows where it is broken.
    pub why: &'static str,
    /// What to do about it.
    pub help: &'static str,
    /// The check itself.
    pub check: fn(&Hierarchy, &mut Findings<'_>),
}

/// What the rules say about a hierarchy, less what its entities allow.
#[must_use]
pub fn check(hierarchy: &Hierarchy) -> Diagnostics {
    judge(hierarchy).diagnostics
}

/// What the rules say about a hierarchy, and what of it its entities' `allow` lifts. An `allow` that names no rule is
/// an error.
#[must_use]
pub fn judge(hierarchy: &Hierarchy) -> Judgement {
    let mut judgement = Judgement::default();
    let mut seen: Vec<(Span, &str)> = Vec::new();
    for entity in hierarchy.entities() {
        for allowed in &entity.allow {
            let place = (allowed.span, allowed.value.as_str());
            if !seen.contains(&place) {
                seen.push(place);
                judgement
                    .diagnostics
                    .extend(unknown_rule(&allowed.value, allowed.span));
            }
        }
    }
    for rule in RULES {
        run(rule, hierarchy, &mut judgement);
    }
    judgement
}

/// The same; where bad rows are left out, the leaves of those that break a rule are taken out of the hierarchy.
pub fn judge_rows(hierarchy: &mut Hierarchy) -> Judgement {
    let mut judgement = judge(hierarchy);
    while hierarchy.keeps_going() {
        let is_leaf = |about: &About| hierarchy.get(&about.id).is_some_and(|one| !one.is_ca());
        let is_bad = |found: &Diagnostic| {
            found.level == Level::Error
                && !found.about.is_empty()
                && found.about.iter().all(is_leaf)
        };
        let bad: Vec<Diagnostic> = (judgement.diagnostics.iter())
            .filter(|found| is_bad(found))
            .cloned()
            .collect();
        if bad.is_empty() {
            break;
        }
        let ids = bad.iter().flat_map(|found| &found.about);
        let ids = ids.map(|about| about.id.clone()).collect();
        hierarchy.leave_out(&ids, bad);
        judgement = judge(hierarchy);
    }
    judgement
}

/// What the rules say about members of a fleet that stand below their CAs: each finding, with how many members it is on.
/// An `allow` lifts it there as anywhere.
pub fn judge_members(part: &Hierarchy) -> impl Iterator<Item = (Diagnostic, usize)> {
    RULES.iter().flat_map(|rule| run_on_members(rule, part))
}

fn unknown_rule(id: &str, span: Span) -> Option<Diagnostic> {
    if RULES.iter().any(|rule| rule.id == id) {
        return None;
    }
    let nearest = RULES
        .iter()
        .map(|rule| (strsim::jaro_winkler(id, rule.id), rule.id))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let label = nearest.map_or_else(String::new, |(_, near)| format!("did you mean `{near}`?"));
    Some(
        Diagnostic::error("unknown-rule", format!("`{id}` is no rule"))
            .at(span, label)
            .help("`pkiform rules` lists the rules"),
    )
}
