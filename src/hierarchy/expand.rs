//! Chains and fleets: from each table of the spec to the ids of its entities and the names that their templates see.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use minijinja::Value;
use minijinja::value::Serde;
use sha2::{Digest as _, Sha256};

use super::family::Family;
use crate::source::{
    Diagnostic, Diagnostics, Document, Field, Row, RowFormat, RowSource, Span, Spanned,
};
use crate::spec::{Condition, ForEach, RowsTable, check_name};
use crate::template::{Scope, Templated, list_items, render_list};

/// The most entities that one table may make: a slip of the keyboard shall not fill the memory.
const MOST: u32 = 1_000_000;
/// The most of a fleet that lies in a pack, and is not held in memory.
const MOST_PACKED: u32 = 100_000_000;
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

/// What a family is expanded over, told once: the seeds are then made as they are walked.
#[derive(Debug)]
pub(super) struct Expansion {
    depth: Option<u32>,
    items: Option<Items>,
    count: Option<u32>,
}

/// Reads what a family is expanded over. `members` holds the families that were expanded before it.
///
/// # Errors
/// A depth or a count that is none or too large, items that can't be read.
pub(super) fn expansion(
    family: &Family,
    document: &mut Document,
    members: &Members,
) -> Result<Expansion, Diagnostics> {
    let table = &family.table;
    let depth = bounded(table.depth.as_ref(), &family.scope, "depth", DEEPEST)?;
    if let Some(depth) = &table.depth
        && let Some(other) = table
            .count
            .as_ref()
            .map(|c| c.span)
            .or(table.for_each.as_ref().map(|f| f.span))
    {
        return Err(
            Diagnostic::error("chain-and-fleet", "a chain cannot be a fleet too")
                .at(other, "this asks for many alike")
                .at(depth.span, "this nests them")
                .help("make a fleet of CAs, and let each issue a chain's first: `for_each = \"ca.NAME\"`")
                .into(),
        );
    }
    let items = match &table.for_each {
        None => None,
        Some(for_each) => Some(items(family, for_each, document, members)?),
    };
    let most = if table.pack.is_some() {
        MOST_PACKED
    } else {
        MOST
    };
    let count = bounded(table.count.as_ref(), &family.scope, "count", most)?;
    Ok(Expansion {
        depth,
        items,
        count,
    })
}

impl Expansion {
    /// SHA-256 over what it walks over.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("{:?} {:?}\n", self.depth, self.count));
        match &self.items {
            None => {}
            Some(Items::List(list)) => {
                for item in list {
                    hash.update(format!("{:?} {:?}\n", item.id, item.value));
                }
            }
            Some(Items::Range(range)) => hash.update(format!("{range:?}")),
            // What can't be read any more shows when it is walked.
            Some(Items::Rows(rows)) => hash.update(rows.content_key().unwrap_or_default()),
        }
        hash.finalize().into()
    }

    /// The seeds of a family, in order; those that its `when` takes away are left out.
    pub(super) fn seeds<'a>(
        &'a self,
        index: usize,
        family: &'a Family,
    ) -> impl Iterator<Item = Result<Seed, Diagnostic>> + Send + 'a {
        let made = move |made: Result<Made, Diagnostic>| match made {
            Ok(made) => made.seed(index, family).transpose(),
            Err(fault) => Some(Err(fault)),
        };
        self.made(family).filter_map(made)
    }

    fn made<'a>(
        &'a self,
        family: &'a Family,
    ) -> Box<dyn Iterator<Item = Result<Made, Diagnostic>> + Send + 'a> {
        let scope = &family.scope;
        let numbers = |last: u32| 1..=last;
        let indexed = |item, scope: &Scope, number| Made {
            index: Some(number),
            item,
            ..Made::of(scope.with("index", Value::from(number)))
        };
        match (self.depth, &self.items, self.count) {
            (Some(depth), ..) => Box::new(numbers(depth).map(|level| {
                Ok(Made {
                    level: Some(level),
                    ..Made::of(scope.with("level", Value::from(level)))
                })
            })),
            (None, None, None) => Box::new(std::iter::once(Ok(Made::of(scope.clone())))),
            (None, None, Some(count)) => {
                Box::new(numbers(count).map(move |number| Ok(indexed(None, scope, number))))
            }
            (None, Some(items), None) => Box::new(items.walk().map(|item| {
                let item = item?;
                let scope = scope.with("item", item.value.clone());
                Ok(Made {
                    item: Some(item),
                    ..Made::of(scope)
                })
            })),
            (None, Some(items), Some(count)) => Box::new(items.walk().flat_map(move |item| {
                let (item, fault) = match item {
                    Ok(item) => (Some(item), None),
                    Err(fault) => (None, Some(Err(fault))),
                };
                let made = item.into_iter().flat_map(move |item| {
                    let scope = scope.with("item", item.value.clone());
                    numbers(count)
                        .map(move |number| Ok(indexed(Some(item.clone()), &scope, number)))
                });
                fault.into_iter().chain(made)
            })),
        }
    }
}

/// An entity to be, before it has its id.
struct Made {
    level: Option<u32>,
    index: Option<u32>,
    item: Option<Item>,
    scope: Scope,
}

impl Made {
    fn of(scope: Scope) -> Self {
        Self {
            level: None,
            index: None,
            item: None,
            scope,
        }
    }

    /// Its seed; none if `when` takes it away.
    fn seed(self, index: usize, family: &Family) -> Result<Option<Seed>, Diagnostic> {
        let Some(item) = &self.item else {
            return self.whole(index, family);
        };
        let row = family.row(item.span);
        let named = item.id.clone().filter(|id| !id.is_empty());
        // A row of a query or a command has no place of its own.
        let number = item.row.filter(|_| !row.is_somewhere());
        let name = named
            .or_else(|| number.map(|number| format!("row {number}")))
            .unwrap_or_default();
        self.whole(index, family)
            .map_err(|fault| fault.about(&name, row))
    }

    fn whole(self, index: usize, family: &Family) -> Result<Option<Seed>, Diagnostic> {
        let table = &family.table;
        let place = self.item.as_ref().map(|item| item.span);
        let named = table.id.as_ref().map(|id| id.span).or(place);
        let id = checked(self.id(family)?, named.unwrap_or(family.span))?;
        let scope = self.scope.with("id", Value::from(id.clone()));
        let exists = exists(table.when.as_ref(), &scope)?;
        Ok(exists.then(|| Seed {
            id,
            family: index,
            level: self.level,
            item: place,
            item_name: self.item.and_then(|item| item.id),
            scope,
        }))
    }

    fn id(&self, family: &Family) -> Result<String, Diagnostic> {
        let name = &family.name;
        let template = family.table.id.as_ref().map(|id| &id.value);
        match (template, self.item.as_ref(), self.index, self.level) {
            // Of several for one item, a template that uses the index names each itself.
            (Some(id), Some(item), Some(number), _) if !id.uses("index") => {
                item_id(family, item).map(|stem| format!("{stem}-{number}"))
            }
            (Some(id), ..) => id.render(&self.scope),
            (None, Some(item), Some(number), _) => {
                item_id(family, item).map(|stem| format!("{stem}-{number}"))
            }
            (None, Some(item), None, _) => item_id(family, item),
            (None, None, Some(number), _) | (None, None, None, Some(number)) => {
                Ok(format!("{name}-{number}"))
            }
            (None, None, None, None) => Ok(name.clone()),
        }
    }
}

/// What `for_each` walks over.
#[derive(Debug)]
enum Items {
    /// A list that the spec holds.
    List(Vec<Item>),
    /// Numbers, and where they are said.
    Range(Spanned<RangeInclusive<u64>>),
    /// Rows, read as they are walked.
    Rows(RowSource),
}

impl Items {
    fn walk(&self) -> Box<dyn Iterator<Item = Result<Item, Diagnostic>> + Send + '_> {
        match self {
            Self::List(list) => Box::new(list.iter().cloned().map(Ok)),
            Self::Range(range) => Box::new(range.value.clone().map(|number| {
                Ok(Item {
                    value: Value::from(number),
                    id: Some(number.to_string()),
                    span: range.span,
                    row: None,
                })
            })),
            Self::Rows(rows) => match rows.open() {
                Ok(rows) => Box::new(
                    (1_u64..)
                        .zip(rows.all())
                        .map(|(number, row)| row.map(|row| Item::of_row(&row, number))),
                ),
                Err(fault) => Box::new(std::iter::once(Err(fault))),
            },
        }
    }
}

/// One item of `for_each`: what `{{ item }}` is, and its place.
#[derive(Clone, Debug)]
struct Item {
    value: Value,
    id: Option<String>,
    span: Span,
    /// Of a row, its number, counted from 1.
    row: Option<u64>,
}

impl Item {
    fn of_row(row: &Row, number: u64) -> Self {
        let fields = row.fields().map(|(name, field)| {
            let value = match field {
                Field::Text(text) => Value::from(text),
                Field::Value(value) => Value::from(Serde(value)),
            };
            (name, value)
        });
        Self {
            value: Value::from_pairs(fields),
            id: row.get("id").map(Cow::into_owned),
            span: row.span(),
            row: Some(number),
        }
    }

    /// An item that is its own name.
    fn named(name: Spanned<String>) -> Self {
        Self {
            value: Value::from(name.value.clone()),
            id: Some(name.value),
            span: name.span,
            row: None,
        }
    }
}

fn items(
    family: &Family,
    for_each: &Spanned<ForEach>,
    document: &mut Document,
    members: &Members,
) -> Result<Items, Diagnostics> {
    let named =
        |items: Vec<Spanned<String>>| Items::List(items.into_iter().map(Item::named).collect());
    match &for_each.value {
        ForEach::Items(list) => Ok(named(render_list(list, &family.scope)?)),
        ForEach::Rows(table) => {
            rows(table, &family.scope, document, for_each.span).map_err(Into::into)
        }
        ForEach::Name(name) => {
            if let Some(items) = list_items(name, &family.scope) {
                return Ok(named(items?));
            }
            let name = name.render(&family.scope)?;
            let Some(other) = referred(&name) else {
                return Ok(Items::Rows(document.row_file(
                    &name,
                    None,
                    for_each.span,
                )?));
            };
            let ids = members.get(other).ok_or_else(|| {
                Diagnostic::error(
                    "unknown-entity",
                    format!("there is no `{name}` to walk over"),
                )
                .at(for_each.span, "no such table, or one that lies in a pack")
            })?;
            let ids = ids.iter().map(|id| Spanned::new(id.clone(), for_each.span));
            Ok(named(ids.collect()))
        }
    }
}

/// What a table of `for_each` names: one source.
fn rows(
    table: &RowsTable,
    scope: &Scope,
    document: &mut Document,
    span: Span,
) -> Result<Items, Diagnostic> {
    let wrong = |what: &str, help: &str| {
        Diagnostic::error("for-each", what)
            .at(span, "here")
            .help(help)
    };
    let format = table.format.as_ref().map(|format| format.value);
    let sources = (&table.file, &table.sqlite, &table.command, &table.range);
    match sources {
        (Some(file), None, None, None) => {
            let name = file.value.render(scope)?;
            document.row_file(&name, format, file.span).map(Items::Rows)
        }
        (None, Some(sqlite), None, None) => {
            let query = table.query.as_ref().ok_or_else(|| {
                wrong(
                    "a database without a query",
                    "add `query = \"SELECT id FROM devices ORDER BY id\"`",
                )
            })?;
            let name = sqlite.value.render(scope)?;
            let text = query.value.render(scope)?;
            Ok(Items::Rows(document.row_query(
                &name,
                sqlite.span,
                text,
                query.span,
            )))
        }
        (None, None, Some(command), None) => {
            let words = command.value.iter().map(|word| word.value.render(scope));
            let words: Vec<String> = words.collect::<Result<_, _>>()?;
            let format = format.unwrap_or(RowFormat::Csv);
            let rows = document.row_command(&words, format, command.span)?;
            Ok(rows.map_or(Items::List(Vec::new()), Items::Rows))
        }
        (None, None, None, Some(range)) => match range.value.as_slice() {
            [first, last] => {
                let (first, last): (u64, u64) =
                    (first.value.render(scope)?, last.value.render(scope)?);
                if last.saturating_add(1) < first {
                    return Err(wrong(
                        &format!("the range from {first} to {last} runs down: nothing is in it"),
                        "write the lower number first; `[1, 0]` is an empty range",
                    ));
                }
                Ok(Items::Range(Spanned::new(first..=last, range.span)))
            }
            _ => Err(wrong(
                "a range has a first and a last number",
                "write `{ range = [1, 1000] }`",
            )),
        },
        _ => Err(wrong(
            "rows come from one source",
            "write one of `file`, `sqlite` with `query`, `command` and `range`",
        )),
    }
}

/// The table that `ca.NAME`, `leaf.NAME` or `key.NAME` refers to; none if the text is a file's name.
pub(super) fn referred(name: &str) -> Option<&str> {
    let (kind, other) = name.split_once('.')?;
    (matches!(kind, "ca" | "leaf" | "key") && check_name(other).is_ok() && !other.contains('.'))
        .then_some(other)
}

fn item_id(family: &Family, item: &Item) -> Result<String, Diagnostic> {
    match &item.id {
        Some(id) if id.is_empty() => Err(Diagnostic::error(
            "fleet-id",
            format!("a row of `{}` has an empty id", family.name),
        )
        .at(item.span, "its `id` is empty")
        .at(family.span, "this fleet has no `id` template")
        .help("fill it in, or take the row away")),
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

fn bounded(
    setting: Option<&Spanned<Templated<u32>>>,
    scope: &Scope,
    name: &str,
    most: u32,
) -> Result<Option<u32>, Diagnostic> {
    setting
        .map(|setting| number(setting, scope, name, most))
        .transpose()
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
