//! A hierarchy as a tree, from the spec alone or with what the store holds.

use std::fmt::Write;

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::Detail;
use crate::hierarchy::{Entity, EntityKind, Fleet, Hierarchy};
use crate::report::fold::{FEW, fold};
use crate::report::style::{Style, span};

/// The tree. `end_of` tells when an entity's certificate on disk ends, if there is one.
#[must_use]
pub fn tree(
    hierarchy: &Hierarchy,
    end_of: &dyn Fn(&Entity) -> Option<Timestamp>,
    detail: Detail,
    style: Style,
) -> String {
    let rows = rows(hierarchy, detail);
    let widest = |column: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let name = widest(&|row| row.branch.width() + row.name.width());
    let key = widest(&|row| row.entity.key.value.id().len());
    let mut text = String::new();
    for row in &rows {
        let entity = row.entity;
        let gap = name.saturating_sub(row.branch.width() + row.name.width());
        let kind = format!("{:<4}  {:<key$}", word(entity.kind), entity.key.value.id());
        let end = if row.last.is_some() {
            String::new()
        } else {
            remaining(entity, end_of(entity), hierarchy.now(), style)
        };
        let line = format!(
            "{}{}{:gap$}  {}  {}{end}",
            row.branch,
            style.bold(&row.name),
            "",
            style.dim(kind),
            row.subject()
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for fleet in hierarchy.fleets() {
        let _ = writeln!(text, "{}", packed(fleet, style));
    }
    text
}

/// A packed fleet, told by its first member: how many there are shows when it is walked.
fn packed(fleet: &Fleet, style: Style) -> String {
    let name = style.bold(fleet.name());
    let form = fleet.pack().value.format.id();
    match fleet.first() {
        Some(first) => {
            let kind = style.dim(format!("{}  {}", word(first.kind), first.key.value.id()));
            let issuer = first
                .issuer
                .as_ref()
                .map_or("itself", |issuer| issuer.value.as_str());
            format!(
                "{name}  {kind}  {} …, issued by {issuer}, in a pack ({form})",
                first.id
            )
        }
        None => format!("{name}  in a pack ({form})"),
    }
}

/// One entity, or a fleet.
struct Row<'a> {
    branch: String,
    name: String,
    entity: &'a Entity,
    /// The last of a fleet, whose first is the entity.
    last: Option<&'a Entity>,
}

impl Row<'_> {
    fn subject(&self) -> String {
        match self.last {
            Some(last) => format!("{} … {}", self.entity.id, last.id),
            None => self.entity.subject.to_string(),
        }
    }
}

/// The rows from the top down. Nothing is called again for each level: a chain may be as deep as a spec says.
fn rows(hierarchy: &Hierarchy, detail: Detail) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let roots: Vec<&Entity> = hierarchy.roots().map(AsRef::as_ref).collect();
    let mut open: Vec<(Row<'_>, String)> = siblings(&roots, detail)
        .map(|row| (row, String::new()))
        .collect();
    open.reverse();
    while let Some((row, below)) = open.pop() {
        let children: Vec<&Entity> = if row.last.is_some() {
            Vec::new()
        } else {
            hierarchy
                .children(&row.entity.id)
                .map(AsRef::as_ref)
                .collect()
        };
        rows.push(row);
        let mut children: Vec<Row<'_>> = siblings(&children, detail).collect();
        children.reverse();
        for (index, mut child) in children.into_iter().enumerate() {
            let (fork, rest) = if index == 0 {
                ("└ ", "  ")
            } else {
                ("├ ", "│ ")
            };
            child.branch = format!("{below}{fork}");
            open.push((child, format!("{below}{rest}")));
        }
    }
    rows
}

/// The rows of one issuer's entities.
fn siblings<'a>(entities: &[&'a Entity], detail: Detail) -> impl Iterator<Item = Row<'a>> {
    let few = (detail == Detail::Rows).then_some(FEW);
    fold(entities, few).into_iter().map(|fold| Row {
        branch: String::new(),
        name: fold.name,
        entity: fold.entity,
        last: fold.last,
    })
}

/// How long a certificate still holds.
fn remaining(entity: &Entity, end: Option<Timestamp>, now: Timestamp, style: Style) -> String {
    match end {
        Some(end) => {
            let left = end.as_second().saturating_sub(now.as_second());
            if left > 0 {
                format!("  {}", style.dim(format!("{} left", span(left))))
            } else {
                format!("  {}", style.red("expired"))
            }
        }
        None if entity.external.is_some() => format!("  {}", style.dim("external")),
        None => String::new(),
    }
}

fn word(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Ca => "CA",
        EntityKind::Leaf => "leaf",
        EntityKind::Key => "key",
    }
}
