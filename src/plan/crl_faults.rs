//! What the user has to hear of revocations, as findings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::hierarchy::Entity;
use crate::source::{Diagnostic, Diagnostics, Span};
use crate::store::{CrlEntry, CrlLock};

use super::crl_entries::Wanted;
use super::reason::{day, named};
use super::revocation::locked;
use super::revoked::{Issued, Statement};
use super::walk::Walk;

/// Entities whose certificates are listed although the spec no longer says so, and what is due beneath a revoked CA.
pub(super) fn of_statements(walk: &Walk<'_>) -> Diagnostics {
    let mut found = unsaid(walk, |entity| walk.targets.walks(entity));
    for (ca, waiting) in &walk.unrenewed {
        let ids: Vec<String> = waiting.iter().map(|entity| entity.id.clone()).collect();
        let message = format!(
            "`{ca}` is revoked: what is due beneath it is not renewed ({})",
            named(&ids)
        );
        let span = walk.statements.get(ca).and_then(|one| one.span);
        let mut warning = Diagnostic::warning("revoked-issuer", message);
        if let Some(span) = span {
            warning = warning.at(span, "revoked here");
        }
        found.push(warning.help(
            "let another CA issue it, or raise the `generation` of the revoked one: it then gets a new key",
        ));
    }
    found
}

/// The same of the members of a packed fleet; of the CAs above them the plan of the whole says it.
pub(super) fn of_members(walk: &Walk<'_>) -> Diagnostics {
    unsaid(walk, |entity| !entity.is_ca())
}

fn unsaid(walk: &Walk<'_>, is_meant: impl Fn(&Entity) -> bool) -> Diagnostics {
    let mut found = Diagnostics::new();
    let of_spec = walk.statements.iter().filter(|one| one.span.is_none());
    for statement in of_spec.filter(|one| is_meant(one.entity)) {
        let entity = statement.entity;
        let message = format!(
            "`{}` was revoked, and the spec no longer says so; what is revoked stays so, and is not renewed",
            entity.id
        );
        let help = "say it again; a higher `generation` gives the entity a new key and a certificate that is not revoked";
        found.push(
            dropped(walk, message)
                .at(entity.span, "no longer `revoked`")
                .help(help),
        );
    }
    found
}

/// To drop an entry that has not ended is an error where a list has to come from the spec again, else a warning.
fn dropped(walk: &Walk<'_>, message: String) -> Diagnostic {
    if walk.hierarchy.reproducible().is_some() {
        Diagnostic::error("revocation-dropped", message)
    } else {
        Diagnostic::warning("revocation-dropped", message)
    }
}

/// Of a CA that has no list (any more): what it listed and has not ended, and what is revoked of what it once issued.
pub(super) fn without_list(
    walk: &Walk<'_>,
    ca: &Entity,
    issued: &[Issued<'_>],
) -> Option<Diagnostic> {
    let now = walk.hierarchy.epoch();
    if let Some(entries) = live(locked(walk.state, &ca.id), now) {
        let message = format!(
            "the CRL of `{}` lists {} that {} not ended, and is no longer asked for",
            ca.id,
            certificates(entries),
            if entries == 1 { "has" } else { "have" }
        );
        return Some(
            dropped(walk, message)
                .at(ca.span, "has no `crl` among its outputs any more")
                .help("ask for it again: what no list names is trusted"),
        );
    }
    // Whose present issuer has no list, a rule says.
    moved(walk, &ca.id, issued, "has no `crl` among its outputs")
}

/// Of CAs that left the spec: the same.
pub(super) fn of_gone(walk: &Walk<'_>, issued: &BTreeMap<&str, Vec<Issued<'_>>>) -> Diagnostics {
    let mut found = Diagnostics::new();
    let now = walk.hierarchy.epoch();
    if !walk.targets.is_all() {
        return found;
    }
    for id in walk.state.locked_ids() {
        if walk.hierarchy.get(id).is_some() {
            continue;
        }
        let Some(entries) = live(locked(walk.state, id), now) else {
            continue;
        };
        let message = format!(
            "`{id}` left the spec, and its CRL lists {} that {} not ended: nobody renews it",
            certificates(entries),
            if entries == 1 { "has" } else { "have" }
        );
        found.push(
            dropped(walk, message)
                .at(walk.hierarchy.spec_span(), "no longer has it")
                .help("leave the CA in the spec until the last of them has ended"),
        );
    }
    for (id, issued) in issued {
        if walk.hierarchy.get(id).is_none() && locked(walk.state, id).is_none() {
            found.extend(moved(walk, id, issued, "left the spec"));
        }
    }
    found
}

/// Certificates that are revoked, that their entities' former issuer gave, and that no list names.
fn moved(walk: &Walk<'_>, ca: &str, issued: &[Issued<'_>], why: &str) -> Option<Diagnostic> {
    let now = walk.hierarchy.epoch();
    let mut spans: Vec<Span> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for one in issued.iter().filter(|one| one.not_after > now) {
        let Some(statement) = walk.statements.get(one.id) else {
            continue;
        };
        let issuer = statement.entity.issuer.as_ref();
        if issuer.is_some_and(|issuer| issuer.value == ca) || ids.iter().any(|id| id == one.id) {
            continue;
        }
        ids.push(one.id.to_owned());
        spans.extend(statement.span);
    }
    let message = format!(
        "`{ca}` once issued {}, and {why}: no list names those certificates",
        named(&ids)
    );
    let warning = Diagnostic::warning("revoked-without-crl", message);
    let warning = match spans.first() {
        Some(span) => warning.at(*span, "revoked here"),
        None => warning,
    };
    (!ids.is_empty())
        .then(|| warning.help(format!("let `{ca}` have a `crl` until they have ended")))
}

/// How many entries of a list have not ended, if any.
fn live(crl: Option<&CrlLock>, now: Timestamp) -> Option<usize> {
    let lives = |entry: &&CrlEntry| entry.not_after > now;
    let count = crl?.entries.iter().filter(lives).count();
    (count > 0).then_some(count)
}

fn certificates(count: usize) -> String {
    match count {
        1 => "1 certificate".to_owned(),
        many => format!("{many} certificates"),
    }
}

/// What is odd in the dates of what a CRL lists for the first time.
pub(super) fn of_dates(walk: &Walk<'_>, wanted: &Wanted) -> Diagnostics {
    let mut early: Vec<(&Statement<'_>, Timestamp)> = Vec::new();
    let mut late: Vec<&Statement<'_>> = Vec::new();
    for gain in &wanted.gains {
        let Some(statement) = walk.statements.get(&gain.id) else {
            continue;
        };
        let date = statement.revoked.date;
        let entry = walk.state.locked(&gain.id);
        let begins = entry
            .filter(|entry| entry.generation == statement.revoked.generation)
            .and_then(|entry| entry.not_before);
        if let Some(begins) = begins.filter(|begins| date < *begins) {
            early.push((statement, begins));
        }
        if date > walk.hierarchy.now() {
            late.push(statement);
        }
    }
    let mut found = Diagnostics::new();
    if let Some((first, begins)) = early.first() {
        let ids: Vec<String> = early.iter().map(|(one, _)| one.entity.id.clone()).collect();
        let message = format!(
            "the date {} lies before the certificate's beginning on {} ({})",
            day(first.revoked.date),
            day(*begins),
            named(&ids)
        );
        found.push(at(Diagnostic::warning("revocation-date", message), first));
    }
    if let Some(first) = late.first() {
        let ids: Vec<String> = late.iter().map(|one| one.entity.id.clone()).collect();
        let message = format!(
            "the date {} has not come yet, and the list names the certificate from now on ({})",
            day(first.revoked.date),
            named(&ids)
        );
        found.push(at(Diagnostic::warning("revocation-date", message), first));
    }
    found
}

fn at(warning: Diagnostic, statement: &Statement<'_>) -> Diagnostic {
    match statement.span {
        Some(span) => warning.at(span, "revoked here"),
        None => warning,
    }
}

/// That an entity would be issued beneath a CA that is revoked.
pub(super) fn beneath(entity: &Entity, above: &Statement<'_>) -> Diagnostic {
    let ca = above.entity;
    let message = if entity
        .issuer
        .as_ref()
        .is_some_and(|issuer| issuer.value == ca.id)
    {
        format!("`{}` is revoked, and would issue `{}`", ca.id, entity.id)
    } else {
        format!(
            "`{}` is revoked, and `{}` would be issued beneath it",
            ca.id, entity.id
        )
    };
    Diagnostic::error("revoked-issuer", message)
        .at(entity.span, "to be issued")
        .at(above.span.unwrap_or(ca.span), "a CA above it is revoked here")
        .help("issue it from another CA, or raise the `generation` of the revoked one: it then gets a new key")
}

/// That no CRL can be dated or numbered.
pub(super) fn beyond_calendar(ca: &Entity) -> Diagnostic {
    Diagnostic::error(
        "crl",
        format!("the next CRL of `{}` lies beyond the calendar", ca.id),
    )
    .at(
        if ca.crl.span.is_somewhere() {
            ca.crl.span
        } else {
            ca.span
        },
        "its `crl.validity` or the epoch is too far",
    )
}

/// That the epoch went back, and the number with it.
pub(super) fn number_falls(walk: &Walk<'_>, ca: &Entity, old: &CrlLock) -> Diagnostic {
    let error = Diagnostic::error(
        "crl-number-falls",
        format!(
            "the CRL of `{}` would get a lower number than that of {}, {}",
            ca.id,
            day(old.this_update),
            old.number
        ),
    );
    let error = match walk.hierarchy.reproducible() {
        Some(reproducible) => error.at(reproducible.epoch.span, "its number comes from this epoch"),
        None => error.at(ca.span, "has a CRL"),
    };
    error
        .note("RFC 5280 §5.2.3: validators take the highest number for the latest")
        .help("an epoch only moves on")
}

/// That the CRL of a fixed epoch holds no longer.
pub(super) fn holds_no_longer(ca: &Entity, next_update: Timestamp) -> Diagnostic {
    Diagnostic::warning(
        "crl-ended",
        format!(
            "the CRL of `{}` held until {} only",
            ca.id,
            day(next_update)
        ),
    )
    .at(ca.span, "counts from the epoch")
    .help("move the epoch on, or give `crl` a longer `validity`")
}
