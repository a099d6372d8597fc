//! `path-collision`: no two files lie in one place, on file systems without case either.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::support::or;
use super::{Findings, Rule};
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Level, Span};

pub(super) const RULE: Rule = Rule {
    id: "path-collision",
    level: Level::Error,
    source: "the store",
    why: "one would overwrite the other",
    help: "give each its own path in `outputs`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    let mut seen: BTreeMap<String, (&Arc<Entity>, Span)> = BTreeMap::new();
    for entity in hierarchy
        .entities()
        .filter(|entity| entity.external.is_none())
    {
        for output in &entity.outputs {
            let path = output.path.as_str().to_lowercase();
            let span = or(output.span, entity.span);
            if let Some((first, place)) = seen.get(&path) {
                let message = format!(
                    "`{}` and `{}` both want the file `{}`",
                    first.id, entity.id, output.path
                );
                findings.report(entity, message, &[(span, ""), (*place, "wanted here too")]);
            } else {
                seen.insert(path, (entity, span));
            }
        }
    }
}
