//! `--target`: the entities that a plan is about, their issuers included.

use std::collections::BTreeSet;

use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Diagnostic, Diagnostics};

/// The entities that a plan walks.
#[derive(Debug)]
pub(super) enum Targets {
    /// All of them.
    All,
    /// Some: what the user named, and what issues it.
    Some {
        named: BTreeSet<String>,
        walked: BTreeSet<String>,
    },
}

impl Targets {
    /// Finds what the user named: ids or families.
    pub(super) fn choose(hierarchy: &Hierarchy, names: &[String]) -> Result<Self, Diagnostics> {
        if names.is_empty() {
            return Ok(Self::All);
        }
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
        if unknown.is_empty() {
            return Ok(Self::Some { named, walked });
        }
        let mut faults = Diagnostics::new();
        for name in unknown {
            faults.push(unknown_name("--target", name, hierarchy));
        }
        Err(faults)
    }

    /// Whether nothing was named.
    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether the plan walks this entity.
    pub(super) fn walks(&self, entity: &Entity) -> bool {
        match self {
            Self::All => true,
            Self::Some { walked, .. } => walked.contains(&entity.id),
        }
    }

    /// Whether the user means this very entity, not only because it issues what he means.
    pub(super) fn means(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some { named, .. } => named.contains(id),
        }
    }
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
