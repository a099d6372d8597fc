//! A hierarchy as a tree, from the spec alone or with what the store holds.

use std::fmt::Write;

use jiff::Timestamp;

use crate::hierarchy::{Entity, Hierarchy};
use crate::report::style::{Style, span};

/// The tree. `end_of` tells when an entity's certificate on disk ends, if there is one.
#[must_use]
pub fn tree(
    hierarchy: &Hierarchy,
    end_of: &dyn Fn(&Entity) -> Option<Timestamp>,
    style: Style,
) -> String {
    let mut text = String::new();
    let roots: Vec<&Entity> = hierarchy.roots().map(AsRef::as_ref).collect();
    for root in roots {
        draw(&mut text, hierarchy, root, "", "", end_of, style);
    }
    text
}

fn draw(
    text: &mut String,
    hierarchy: &Hierarchy,
    entity: &Entity,
    branch: &str,
    below: &str,
    end_of: &dyn Fn(&Entity) -> Option<Timestamp>,
    style: Style,
) {
    let subject = if entity.subject.is_empty() {
        String::new()
    } else {
        format!("  {}", entity.subject)
    };
    let end = match end_of(entity) {
        Some(end) => {
            let left = end.as_second() - hierarchy.now().as_second();
            if left > 0 {
                format!("  {} left", span(left))
            } else {
                format!("  {}", style.red("expired"))
            }
        }
        None if entity.external.is_some() => "  external".to_owned(),
        None => String::new(),
    };
    let _ = writeln!(
        text,
        "{branch}{}  {}{subject}{}",
        style.bold(&entity.id),
        style.dim(format!("{} {}", entity.kind.word(), entity.key.value)),
        style.dim(end)
    );
    let children: Vec<&Entity> = hierarchy.children(&entity.id).map(AsRef::as_ref).collect();
    for (index, child) in children.iter().enumerate() {
        let last = index + 1 == children.len();
        let (fork, rest) = if last {
            ("└ ", "  ")
        } else {
            ("├ ", "│ ")
        };
        let (branch, below) = (format!("{below}{fork}"), format!("{below}{rest}"));
        draw(text, hierarchy, child, &branch, &below, end_of, style);
    }
}
