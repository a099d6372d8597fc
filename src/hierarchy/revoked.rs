//! Which entities are revoked: a table's own word, a list's or a file's, each held against the entities that there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Entity;
use super::expand::Seed;
use super::family::Family;
use crate::catalog::RevocationReason;
use crate::source::{Diagnostic, Diagnostics, Document, Row, Span, Spanned};
use crate::spec::{Date, Revoked, RevokedTable};
use crate::template::{FromText, Scope};

/// A revocation of an entity's certificates.
#[derive(Clone, Debug, PartialEq)]
pub struct Revocation {
    /// Why.
    pub reason: RevocationReason,
    /// From when on.
    pub date: Timestamp,
    /// When the key is thought to have been lost (RFC 5280 §5.3.2).
    pub invalidity_date: Option<Timestamp>,
    /// The generation that is meant, if the spec says one.
    pub generation: Option<u32>,
    /// Where it is said.
    pub span: Span,
}

/// The revocations of all families, by the entities' ids.
pub(super) fn resolve(
    families: &[Family],
    seeds: &[Seed],
    document: &mut Document,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Revocation> {
    let mut all = BTreeMap::new();
    for (index, family) in families.iter().enumerate() {
        let Some(revoked) = family
            .table
            .revoked
            .as_ref()
            .filter(|_| !family.is_packed())
        else {
            continue;
        };
        let said = said(family, revoked, document, diagnostics);
        let members = Members::of(seeds, index);
        for (item, revocation) in said {
            if let Some(fault) = impossible(&revocation) {
                diagnostics.push(fault);
                continue;
            }
            match meant(family, &members, item.as_ref(), &revocation) {
                Ok(None) => {}
                Ok(Some(id)) => {
                    if let Some(other) = all.insert(id.clone(), revocation.clone()) {
                        diagnostics.push(
                            Diagnostic::error("revoked-twice", format!("`{id}` is revoked twice"))
                                .at(revocation.span, "here")
                                .at(other.span, "and there"),
                        );
                    }
                }
                Err(fault) => diagnostics.push(fault),
            }
        }
    }
    all
}

/// The revocations of a packed fleet, by the words that they use for its members.
pub(super) fn packed(
    family: &Family,
    document: &mut Document,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Revocation> {
    let mut all: BTreeMap<String, Revocation> = BTreeMap::new();
    let Some(revoked) = &family.table.revoked else {
        return all;
    };
    for (item, revocation) in said(family, revoked, document, diagnostics) {
        if let Some(fault) = impossible(&revocation) {
            diagnostics.push(fault);
            continue;
        }
        let Some(item) = item else {
            diagnostics.push(names_none(family, &revocation));
            continue;
        };
        if let Some(other) = all.get(&item.value) {
            let message = format!("`{}` is revoked twice", item.value);
            diagnostics.push(
                Diagnostic::error("revoked-twice", message)
                    .at(revocation.span, "here")
                    .at(other.span, "and there"),
            );
        }
        all.insert(item.value, revocation);
    }
    all
}

/// Checks what only the resolved entities tell: that a generation which is named is there.
pub(super) fn check<'a>(entities: impl Iterator<Item = &'a Entity>, diagnostics: &mut Diagnostics) {
    for entity in entities {
        let present = entity.generation.value;
        if let Some(revocation) = &entity.revoked
            && let Some(meant) = revocation.generation
            && (meant == 0 || meant > present)
        {
            let message = format!("`{}` has no generation {meant} to be revoked", entity.id);
            diagnostics.push(
                Diagnostic::error("revoked", message)
                    .at(revocation.span, format!("it is at generation {present}"))
                    .help("name the generation whose key is not to be trusted"),
            );
        }
    }
}

/// A date that no CRL can hold (RFC 5280 §5.1.2.6).
fn impossible(revocation: &Revocation) -> Option<Diagnostic> {
    let before = |date: &Timestamp| *date < Timestamp::UNIX_EPOCH;
    let dates = [Some(revocation.date), revocation.invalidity_date];
    let date = dates.into_iter().flatten().find(before)?;
    Some(
        Diagnostic::error("revoked", format!("the date {date} lies before 1970"))
            .at(revocation.span, "revoked here")
            .help("write the day from which the certificate is not to be trusted"),
    )
}

type Said = (Option<Spanned<String>>, Revocation);

fn said(
    family: &Family,
    revoked: &Spanned<Revoked>,
    document: &mut Document,
    diagnostics: &mut Diagnostics,
) -> Vec<Said> {
    let scope = &family.scope;
    match &revoked.value {
        Revoked::One(table) => diagnostics
            .take(table_said(table, scope, revoked.span))
            .into_iter()
            .collect(),
        Revoked::Items(items) => items
            .iter()
            .filter_map(|item| diagnostics.take(table_said(&item.value, scope, item.span)))
            .collect(),
        Revoked::File(name) => {
            let Some(name) = diagnostics.take(name.render(scope)) else {
                return Vec::new();
            };
            let rows = document
                .row_file(&name, None, revoked.span)
                .and_then(|rows| rows.open());
            let Some(rows) = diagnostics.take(rows) else {
                return Vec::new();
            };
            rows.filter_map(|row| diagnostics.take(row.and_then(|row| row_said(&row))))
                .collect()
        }
    }
}

fn table_said(table: &RevokedTable, scope: &Scope, span: Span) -> Result<Said, Diagnostic> {
    let item = match &table.item {
        Some(item) => Some(Spanned::new(item.value.render(scope)?, item.span)),
        None => None,
    };
    let invalidity = match &table.invalidity_date {
        Some(date) => Some(date.value.render(scope)?.0),
        None => None,
    };
    let generation = match &table.generation {
        Some(generation) => Some(generation.value.render(scope)?),
        None => None,
    };
    let revocation = Revocation {
        reason: table
            .reason
            .as_ref()
            .map(|reason| reason.value)
            .unwrap_or_default(),
        date: table.date.value.render(scope)?.0,
        invalidity_date: invalidity,
        generation,
        span: if span.is_somewhere() {
            span
        } else {
            table.date.span
        },
    };
    Ok((item, revocation))
}

/// A row of a file: `item` (or `id`) and `date` must be there.
fn row_said(row: &Row) -> Result<Said, Diagnostic> {
    let span = row.span();
    let wrong = |why: String| Diagnostic::error("revoked", why).at(span, "this row");
    let field = |name: &str| row.get(name).filter(|text| !text.is_empty());
    let date = |name: &str| {
        field(name)
            .map(|text| Date::from_text(&text).map(|date| date.0).map_err(wrong))
            .transpose()
    };
    let item = field("item").or_else(|| field("id")).ok_or_else(|| {
        wrong("the row names no entity".to_owned()).help("give the file a column `item`")
    })?;
    let reason = match field("reason") {
        Some(text) => text.parse().map_err(wrong)?,
        None => RevocationReason::default(),
    };
    let generation = match field("generation") {
        Some(text) => Some(u32::from_text(&text).map_err(wrong)?),
        None => None,
    };
    let revocation = Revocation {
        reason,
        date: date("date")?.ok_or_else(|| {
            wrong("the row has no date".to_owned()).help("give the file a column `date`")
        })?,
        invalidity_date: date("invalidity_date")?,
        generation,
        span,
    };
    Ok((Some(Spanned::new(item.into_owned(), span)), revocation))
}

/// The entities of a family, by the names under which one can be meant.
struct Members<'a> {
    first: Option<&'a str>,
    ids: BTreeSet<&'a str>,
    /// By the item that they are made for; none where several are made for one.
    items: BTreeMap<&'a str, Option<&'a str>>,
}

impl<'a> Members<'a> {
    fn of(seeds: &'a [Seed], family: usize) -> Self {
        let mut members = Self {
            first: None,
            ids: BTreeSet::new(),
            items: BTreeMap::new(),
        };
        for seed in seeds.iter().filter(|seed| seed.family == family) {
            members.first.get_or_insert(&seed.id);
            members.ids.insert(&seed.id);
            if let Some(item) = &seed.item_name {
                members
                    .items
                    .entry(item)
                    .and_modify(|one| *one = None)
                    .or_insert(Some(&seed.id));
            }
        }
        members
    }

    /// By what follows the family's name, by its id, or by its item, where `id` gives it a name of its own.
    fn find(&self, full: &str, item: &str) -> Option<&'a str> {
        let by_id = |id: &str| self.ids.get(id).copied();
        by_id(full)
            .or_else(|| by_id(item))
            .or_else(|| self.items.get(item).copied().flatten())
    }
}

fn names_none(family: &Family, revocation: &Revocation) -> Diagnostic {
    Diagnostic::error(
        "revoked",
        format!(
            "`{}` has several entities, and this does not say which is revoked",
            family.name
        ),
    )
    .at(revocation.span, "names no item")
    .help("write a list: `revoked = [{ item = \"…\", reason = \"…\", date = \"…\" }]`")
}

/// The id of the entity that a revocation means; none where `when` has taken the table's one entity away.
fn meant(
    family: &Family,
    members: &Members<'_>,
    item: Option<&Spanned<String>>,
    revocation: &Revocation,
) -> Result<Option<String>, Diagnostic> {
    let Some(item) = item else {
        let is_many = family.table.count.is_some()
            || family.table.for_each.is_some()
            || family.table.depth.is_some();
        if is_many {
            return Err(names_none(family, revocation));
        }
        return Ok(members.first.map(str::to_owned));
    };
    let full = format!("{}-{}", family.name, item.value);
    if let Some(id) = members.find(&full, &item.value) {
        return Ok(Some(id.to_owned()));
    }
    let error = Diagnostic::error(
        "unknown-entity",
        format!("`{}` has no `{}` to be revoked", family.name, item.value),
    )
    .at(item.span, "no such entity");
    let ids = || members.ids.iter().copied();
    let near = crate::source::nearest(&full, ids()).or_else(|| {
        crate::source::nearest(&item.value, ids().chain(members.items.keys().copied()))
    });
    Err(match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error
            .help("what left the spec stays in its CA's list by itself, and is not named any more"),
    })
}
