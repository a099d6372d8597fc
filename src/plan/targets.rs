//! `--target` and `--shard`: the entities that a plan is about, their issuers included.

use std::collections::BTreeSet;

use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Diagnostic, Diagnostics};

use super::{Options, Shard};

/// The entities that a plan walks.
#[derive(Debug)]
pub(super) struct Targets {
    /// What the user named, and what issues it; none: everything.
    chosen: Option<Chosen>,
    /// The share of the leaves that it walks.
    shard: Option<Shard>,
}

/// Some entities.
#[derive(Debug)]
struct Chosen {
    named: BTreeSet<String>,
    walked: BTreeSet<String>,
}

impl Targets {
    /// Finds what the user named: ids or families; and takes the user's share.
    pub(super) fn choose(hierarchy: &Hierarchy, options: &Options) -> Result<Self, Diagnostics> {
        let chosen = if options.targets.is_empty() {
            None
        } else {
            Some(chosen(hierarchy, &options.targets)?)
        };
        Ok(Self {
            chosen,
            shard: options.shard,
        })
    }

    /// Everything that there is.
    pub(super) fn everything() -> Self {
        Self {
            chosen: None,
            shard: None,
        }
    }

    /// Whether the plan is about everything.
    pub(super) fn is_all(&self) -> bool {
        self.chosen.is_none() && self.shard.is_none()
    }

    /// Whether the plan walks this entity.
    pub(super) fn walks(&self, entity: &Entity) -> bool {
        self.shard.is_none_or(|shard| shard.holds(entity))
            && self
                .chosen
                .as_ref()
                .is_none_or(|chosen| chosen.walked.contains(&entity.id))
    }

    /// Whether the user means this very entity, not only because it issues what he means.
    pub(super) fn means(&self, id: &str) -> bool {
        self.chosen
            .as_ref()
            .is_none_or(|chosen| chosen.named.contains(id))
    }
}

fn chosen(hierarchy: &Hierarchy, names: &[String]) -> Result<Chosen, Diagnostics> {
    let mut unknown: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let mut named = BTreeSet::new();
    let mut walked = BTreeSet::new();
    for entity in hierarchy.entities() {
        let mut hit = false;
        for name in names {
            if *name == entity.id || *name == entity.family {
                unknown.remove(name.as_str());
                hit = true;
            }
        }
        if hit {
            named.insert(entity.id.clone());
            walked.insert(entity.id.clone());
            walked.extend(
                hierarchy
                    .issuers(entity)
                    .into_iter()
                    .map(|issuer| issuer.id.clone()),
            );
        }
    }
    let mut is_packed = false;
    unknown.retain(|name| {
        let found = hierarchy.names(name);
        is_packed |= found;
        !found
    });
    if is_packed {
        // Which of them issue a packed fleet shows when it is walked.
        walked.extend(hierarchy.cas().map(|ca| ca.id.clone()));
    }
    if unknown.is_empty() {
        return Ok(Chosen { named, walked });
    }
    let mut faults = Diagnostics::new();
    for name in unknown {
        faults.push(unknown_name("--target", name, hierarchy));
    }
    Err(faults)
}

/// The error for a flag that names no entity.
pub(super) fn unknown_name(flag: &str, name: &str, hierarchy: &Hierarchy) -> Diagnostic {
    let nearest = hierarchy
        .entities()
        .flat_map(|entity| [entity.id.as_str(), entity.family.as_str()])
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min();
    let error = Diagnostic::error(
        "unknown-target",
        format!("{flag} names `{name}`, which is no entity of the spec"),
    );
    match nearest {
        Some((distance, known)) if distance <= 3 && distance < name.chars().count() => {
            error.help(format!("did you mean `{known}`?"))
        }
        _ => error.help("`pkiform tree` lists the entities"),
    }
}
