//! Chains and fleets: from each table of the spec to the ids of its entities and the names that their templates see.

use std::collections::BTreeMap;

use minijinja::Value;

use super::family::Family;
use crate::source::{Diagnostic, Diagnostics, Document, Span, Spanned};
use crate::spec::{Condition, ForEach, check_name};
use crate::template::{Scope, Templated, list_items, render_list};

/// The most entities that one table may make: a slip of the keyboard shall not fill the memory.
const MOST: u32 = 1_000_000;
/// The deepest chain. Validators give up long before: OpenSSL's default is 100 certificates.
const DEEPEST: u32 = 100;

/// An entity to be: its id, and the scope in which its templates are rendered.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    /// Its id.
    pub(super) id: String,
    /// The index of its family.
    pub(super) family: usize,
    /// Its place in a chain, 1 the topmost.
    pub(super) level: Option<u32>,
    /// Where the item stands that it is made for, if it is made for one.
    pub(super) item: Option<Span>,
    /// The item's own name: itself, or what stands in the column `id`.
    pub(super) item_name: Option<String>,
    /// The names that its templates see.
    pub(super) scope: Scope,
}

/// The entities of a chain or fleet by the table's name, in order; empty where `when` took them all away.
pub(super) type Members = BTreeMap<String, Vec<String>>;

/// Expands one family. `members` holds the families that were expanded before it.
pub(super) fn expand(
    index: usize,
    family: &Family,
    document: &mut Document,
    members: &Members,
    diagnostics: &mut Diagnostics,
) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let table = &family.table;
    let mut push = |id: Result<String, Diagnostic>, level, item: Option<&Item>, scope: Scope| {
        let place = item.map(|item| item.span);
        let named = table.id.as_ref().map(|id| id.span).or(place);
        let id = id.and_then(|id| checked(id, named.unwrap_or(family.span)));
        let Some(id) = diagnostics.take(id) else {
            return;
        };
        let scope = scope.with("id", Value::from(id.clone()));
        match exists(table.when.as_ref(), &scope) {
            Ok(true) => seeds.push(Seed {
                id,
                family: index,
                level,
                item: place,
                item_name: item.and_then(|item| item.id.clone()),
                scope,
            }),
            Ok(false) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    };
    let template = |scope: &Scope| table.id.as_ref().map(|id| id.value.render(scope));

    if let Some(depth) = &table.depth {
        let depth = match number(depth, &family.scope, "depth", DEEPEST) {
            Ok(depth) => depth,
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                return seeds;
            }
        };
        if let Some(other) = table
            .count
            .as_ref()
            .map(|c| c.span)
            .or(table.for_each.as_ref().map(|f| f.span))
        {
            diagnostics.push(
                Diagnostic::error("chain-and-fleet", "a chain cannot be a fleet too")
                    .at(other, "this asks for many alike")
                    .at(table.depth.as_ref().map_or(family.span, |depth| depth.span), "this nests them")
                    .help("make a fleet of CAs, and let each issue a chain's first: `for_each = \"ca.NAME\"`"),
            );
            return seeds;
        }
        for level in 1..=depth {
            let scope = family.scope.with("level", Value::from(level));
            let id = template(&scope).unwrap_or_else(|| Ok(format!("{}-{level}", family.name)));
            push(id, Some(level), None, scope);
        }
        return seeds;
    }

    let items = match &table.for_each {
        None => None,
        Some(for_each) => match items(family, for_each, document, members) {
            Ok(items) => Some(items),
            Err(found) => {
                diagnostics.extend(found);
                return seeds;
            }
        },
    };
    let count = match &table.count {
        None => None,
        Some(count) => match number(count, &family.scope, "count", MOST) {
            Ok(count) => Some(count),
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                return seeds;
            }
        },
    };
    match (items, count) {
        (None, None) => {
            let id = template(&family.scope).unwrap_or_else(|| Ok(family.name.clone()));
            push(id, None, None, family.scope.clone());
        }
        (None, Some(count)) => {
            for number in 1..=count {
                let scope = family.scope.with("index", Value::from(number));
                let id =
                    template(&scope).unwrap_or_else(|| Ok(format!("{}-{number}", family.name)));
                push(id, None, None, scope);
            }
        }
        (Some(items), count) => {
            for item in items {
                let scope = family.scope.with("item", item.value.clone());
                let stem = template(&scope).unwrap_or_else(|| item_id(family, &item));
                match count {
                    None => push(stem, None, Some(&item), scope),
                    Some(count) => {
                        for number in 1..=count {
                            let scope = scope.with("index", Value::from(number));
                            // An `id` template that uses the index names each itself.
                            let id = match &table.id {
                                Some(id) if id.value.uses("index") => id.value.render(&scope),
                                _ => item_id(family, &item).map(|stem| format!("{stem}-{number}")),
                            };
                            push(id, None, Some(&item), scope);
                        }
                    }
                }
            }
        }
    }
    seeds
}

/// One item of `for_each`: what `{{ item }}` is, and its place.
struct Item {
    value: Value,
    id: Option<String>,
    span: Span,
}

impl Item {
    /// An item that is its own name.
    fn named(name: Spanned<String>) -> Self {
        Self {
            value: Value::from(name.value.clone()),
            id: Some(name.value),
            span: name.span,
        }
    }
}

fn items(
    family: &Family,
    for_each: &Spanned<ForEach>,
    document: &mut Document,
    members: &Members,
) -> Result<Vec<Item>, Diagnostics> {
    match &for_each.value {
        ForEach::Items(list) => Ok(render_list(list, &family.scope)?
            .into_iter()
            .map(Item::named)
            .collect()),
        ForEach::Name(name) => {
            if let Some(items) = list_items(name, &family.scope) {
                return Ok(items?.into_iter().map(Item::named).collect());
            }
            let name = name.render(&family.scope)?;
            match referred(&name) {
                Some(other) => match members.get(other) {
                    Some(ids) => Ok(ids
                        .iter()
                        .map(|id| Item::named(Spanned::new(id.clone(), for_each.span)))
                        .collect()),
                    None => Err(Diagnostic::error(
                        "unknown-entity",
                        format!("there is no `{name}` to walk over"),
                    )
                    .at(for_each.span, "no such table")
                    .into()),
                },
                None => rows(document, &name, for_each.span),
            }
        }
    }
}

/// The table that `ca.NAME`, `leaf.NAME` or `key.NAME` refers to; none if the text is a file's name.
pub(super) fn referred(name: &str) -> Option<&str> {
    let (kind, other) = name.split_once('.')?;
    (matches!(kind, "ca" | "leaf" | "key") && check_name(other).is_ok() && !other.contains('.'))
        .then_some(other)
}

fn rows(document: &mut Document, name: &str, span: Span) -> Result<Vec<Item>, Diagnostics> {
    let rows = document.rows(name, span)?;
    let mut items = Vec::new();
    let mut found = Diagnostics::new();
    for row in rows {
        match row {
            Ok(row) => {
                let id = row.get("id").map(str::to_owned);
                items.push(Item {
                    value: Value::from_pairs(row.iter()),
                    id,
                    span: row.span(),
                });
            }
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    if found.is_empty() {
        Ok(items)
    } else {
        Err(found)
    }
}

fn item_id(family: &Family, item: &Item) -> Result<String, Diagnostic> {
    match &item.id {
        Some(id) => Ok(format!("{}-{id}", family.name)),
        None => Err(Diagnostic::error(
            "fleet-id",
            format!("the rows of `{}` have no id", family.name),
        )
        .at(item.span, "this row has no column `id`")
        .at(family.span, "this fleet has no `id` template")
        .help("give the file a column `id`, or the fleet an `id = \"{{ item.serial }}\"`")),
    }
}

fn checked(id: String, span: Span) -> Result<String, Diagnostic> {
    match check_name(&id) {
        Ok(()) => Ok(id),
        Err(wrong) => Err(Diagnostic::error(
            "entity-id",
            format!("the id `{}` {wrong}", id.escape_debug()),
        )
        .at(span, "an entity's id names its files")
        .help("an `id` template can make a safe one: `id = \"{{ item | slug }}\"`")),
    }
}

fn number(
    setting: &Spanned<Templated<u32>>,
    scope: &Scope,
    name: &str,
    most: u32,
) -> Result<u32, Diagnostic> {
    let number = setting.value.render(scope)?;
    if number > most {
        return Err(Diagnostic::error(
            "too-many",
            format!("a {name} of {number} is more than {most}"),
        )
        .at(setting.span, format!("{name} {number}"))
        .help(format!("a {name} goes up to {most}")));
    }
    Ok(number)
}

fn exists(when: Option<&Spanned<Condition>>, scope: &Scope) -> Result<bool, Diagnostic> {
    Ok(match when.map(|when| &when.value) {
        None => true,
        Some(Condition::Fixed(fixed)) => *fixed,
        Some(Condition::Template(template)) => {
            let text = template.render(scope)?;
            !matches!(text.trim(), "" | "false")
        }
    })
}
