//! What a plan would do and may not without the user's word: the errors that say so, with what would follow.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::hierarchy::Entity;
use crate::source::{Diagnostic, Diagnostics, Span};

use super::decide::Word;
use super::{Action, Reason, Step};

/// One entity that needs a word.
pub(super) struct Needed<'a> {
    pub(super) entity: &'a Entity,
    pub(super) word: Word,
    /// When its certificate was made, if that is known.
    pub(super) made: Option<jiff::Timestamp>,
    /// The key's file.
    pub(super) key: &'a Utf8Path,
}

/// The errors, entities with the same fault in one where that reads better.
pub(super) fn diagnostics(needed: &[Needed<'_>], steps: &[Step], store: &Utf8Path) -> Diagnostics {
    let mut all = Diagnostics::new();
    if needed.is_empty() {
        return all;
    }
    let mut missing: Vec<&Needed<'_>> = Vec::new();
    let mut replaced: Vec<Replacement<'_>> = Vec::new();
    let by_id: BTreeMap<&str, &Step> = steps.iter().map(|step| (step.id.as_str(), step)).collect();
    for need in needed {
        let id = &need.entity.id;
        let allow = format!("--allow-key-replacement={id}");
        let key = store.join(need.key);
        match &need.word {
            Word::MissingKey => missing.push(need),
            Word::ReplaceKey => replaced.push(Replacement::of(need, &by_id)),
            Word::OtherKey => all.push(
                Diagnostic::error("key-mismatch", format!("{key} is not the key of {id}'s certificate"))
                    .at(need.entity.span, "its key was exchanged")
                    .help(format!("put the right key back; or {allow} issues {id} again over the key that is there")),
            ),
            Word::BrokenKey(fault) => all.push(
                Diagnostic::error("unreadable-key", format!("{key} cannot be read: {fault}"))
                    .at(need.entity.span, "its private key")
                    .help(format!("put the right key back; or {allow} makes a new one (the file goes to {store}/.archive/{id}/)")),
            ),
            Word::Renamed(old) => all.push(
                Diagnostic::error(
                    "key-replacement",
                    format!("{id} is what was {old}, and would get a new key: a seeded key belongs to its id"),
                )
                .at(need.entity.span, format!("was {old} in the lock"))
                .help(format!("keep the id {old}; or {allow} makes the new key ({old} and its key are left alone)")),
            ),
            Word::ForeignCertificate => all.push(
                Diagnostic::error(
                    "foreign-file",
                    format!("the certificate that stands in the place of {id}'s is neither in the lock nor issued as the spec says"),
                )
                .at(need.entity.span, "would be written there")
                .help("move it away, or choose another store with --out"),
            ),
        }
    }
    all.extend(replacements(replaced, steps, store));
    if let Some(diagnostic) = missing_keys(&missing, store) {
        all.push(diagnostic);
    }
    all
}

/// A key that would be replaced, and why.
struct Replacement<'a> {
    id: &'a str,
    why: String,
    was: String,
    span: Span,
}

impl<'a> Replacement<'a> {
    fn of(need: &Needed<'a>, steps: &BTreeMap<&str, &Step>) -> Self {
        let entity = need.entity;
        let id = entity.id.as_str();
        let reasons: &[Reason] = steps
            .get(id)
            .map(|step| step.reasons.as_slice())
            .unwrap_or_default();
        let mut found = Self {
            id,
            why: String::new(),
            was: String::new(),
            span: entity.span,
        };
        for reason in reasons {
            if let Reason::KeyAlgorithm { old, new } = reason {
                let when = need
                    .made
                    .map(|made| format!(" on {}", super::reason::day(made)));
                found.why = format!(" ({old} -> {new})");
                found.was = format!("was {old} when {id} was made{}", when.unwrap_or_default());
                found.span = entity.key.span;
            }
        }
        found
    }
}

/// One error for all the keys that one line of the spec would replace: a fleet has thousands.
fn replacements(all: Vec<Replacement<'_>>, steps: &[Step], store: &Utf8Path) -> Vec<Diagnostic> {
    let mut groups: Vec<Vec<Replacement<'_>>> = Vec::new();
    for one in all {
        let alike = |group: &&mut Vec<Replacement<'_>>| {
            group
                .first()
                .is_some_and(|first| first.span == one.span && first.why == one.why)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
        .iter()
        .filter_map(|group| group_error(group, steps, store))
        .collect()
}

fn group_error(group: &[Replacement<'_>], steps: &[Step], store: &Utf8Path) -> Option<Diagnostic> {
    let first = group.first()?;
    let Replacement { id, why, was, span } = first;
    let (message, help) = if group.len() == 1 {
        let below = consequences(id, steps);
        let follows = if below.is_empty() {
            String::new()
        } else {
            format!("; {below}")
        };
        (
            format!("{id} would get a new key{why}{follows}"),
            format!(
                "to do it: --allow-key-replacement={id} (the old key goes to {store}/.archive/{id}/)"
            ),
        )
    } else {
        let named: Vec<&str> = group.iter().take(3).map(|one| one.id).collect();
        let rest = match group.len().saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (
            format!(
                "{} keys would be replaced{why}: {}{rest}",
                group.len(),
                named.join(", ")
            ),
            format!(
                "to do it: --allow-key-replacement for all, or --allow-key-replacement={id} for one (the old keys go to {store}/.archive/)"
            ),
        )
    };
    Some(
        Diagnostic::error("key-replacement", message)
            .at(*span, was.clone())
            .help(help),
    )
}

/// What a new key of `id` does to the entities below it.
fn consequences(id: &str, steps: &[Step]) -> String {
    let issuers: BTreeMap<&str, &str> = steps
        .iter()
        .filter_map(|step| Some((step.id.as_str(), step.issuer.as_deref()?)))
        .collect();
    let mut again = Vec::new();
    let mut repackaged = 0_usize;
    for step in steps
        .iter()
        .filter(|step| stands_below(&step.id, id, &issuers))
    {
        match step.action {
            Action::Reissue | Action::Rekey => again.push(step.id.as_str()),
            Action::Repackage => repackaged = repackaged.saturating_add(1),
            _ => {}
        }
    }
    let mut parts = Vec::new();
    match again.as_slice() {
        [] => {}
        few if few.len() <= 3 => parts.push(format!("{} would be issued again", few.join(", "))),
        many => parts.push(format!("{} entities would be issued again", many.len())),
    }
    match repackaged {
        0 => {}
        1 => parts.push("1 entity repackaged".to_owned()),
        many => parts.push(format!("{many} entities repackaged")),
    }
    parts.join(", ")
}

/// Whether `issuer` is among the issuers of `entity`.
fn stands_below(entity: &str, issuer: &str, issuers: &BTreeMap<&str, &str>) -> bool {
    let mut at = entity;
    while let Some(above) = issuers.get(at) {
        if *above == issuer {
            return true;
        }
        at = above;
    }
    false
}

/// In a fresh clone all keys lack at once: one error says so.
fn missing_keys(missing: &[&Needed<'_>], store: &Utf8Path) -> Option<Diagnostic> {
    let first = missing.first()?;
    let id = &first.entity.id;
    let message = if missing.len() == 1 {
        format!(
            "the private key of {id}, {}, is missing",
            store.join(first.key)
        )
    } else {
        let named: Vec<&str> = missing
            .iter()
            .take(3)
            .map(|need| need.entity.id.as_str())
            .collect();
        let more = missing.len().saturating_sub(named.len());
        let rest = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        format!(
            "{} private keys are missing: {}{rest} (in {store})",
            missing.len(),
            named.join(", ")
        )
    };
    Some(
        Diagnostic::error("missing-key", message)
            .at(first.entity.span, "its key is known, and not on disk")
            .note("a key is never made anew unasked: what it signed would no longer verify")
            .help("put the keys where they were (a clone of a repository often comes without them)")
            .help(format!("or --allow-key-replacement={id} makes a new one"))
            .help("a spec says `keep_key = false` where keys are handed out and do not stay"),
    )
}
