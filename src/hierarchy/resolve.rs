//! From a spec to its hierarchy: expand, find issuers, build every entity, put them in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::expand::{Expansion, Members, Seed, expansion};
use super::family::{Family, expansion_order, families};
use super::fleet::{Fleet, Ground, revoked_members};
use super::issuer::issuers;
use super::order::natural;
use super::tree_digest::digest;
use super::{Entity, Hierarchy, build, given_key, outputs, reproducible, revoked, target};
use crate::source::{Diagnostic, Diagnostics, Document, Kind, Node, Span, Spanned};
use crate::spec::{EntityKind, Spec};
use crate::template::Scope;

/// Resolves a spec: the one maker of a [`Hierarchy`]. `now` is the moment from which everything relative counts.
///
/// # Errors
/// Everything that is wrong with the spec, as far as it can be told at once.
pub fn resolve(
    spec: &Spec,
    document: &mut Document,
    now: Timestamp,
) -> Result<Hierarchy, Diagnostics> {
    let builtin = document.add_builtin("<built-in>", include_str!("profiles.toml"));
    let scope = Scope::new(&document.vars, &spec.name.value, document.env.as_deref());
    let mut diagnostics = Diagnostics::new();
    let mut families = families(spec, &builtin, &scope, &mut diagnostics);
    if document.loose {
        families.iter_mut().for_each(Family::unpack);
    }
    let mut left_out = Diagnostics::new();
    let (seeds, members, packed) = seeds(&families, document, &mut diagnostics, &mut left_out);
    check_ids(&seeds, &families, &mut diagnostics);
    // Of a table that could not be read or expanded nothing more is said: who names it is not at fault.
    let broken: BTreeSet<&str> = spec
        .entities
        .iter()
        .map(|declared| declared.name.as_str())
        .filter(|name| !members.contains_key(*name))
        .filter(|name| {
            !families
                .iter()
                .any(|one| one.name == *name && one.is_packed())
        })
        .collect();
    let issuers = issuers(&seeds, &families, &members, &broken, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let mut revocations = revoked::resolve(&families, &seeds, document, &mut diagnostics);
    let spec_dir = document
        .path
        .parent()
        .unwrap_or(Utf8Path::new(""))
        .to_owned();
    let below = cas_below(&seeds, &families, &issuers);
    let mut entities = Vec::with_capacity(seeds.len());
    for (index, (seed, issuer)) in seeds.iter().zip(&issuers).enumerate() {
        let Some(family) = families.get(seed.family) else {
            continue;
        };
        let issuer = issuer.as_ref().and_then(|issuer| {
            Some(Spanned::new(
                seeds.get(issuer.value)?.id.clone(),
                issuer.span,
            ))
        });
        let place = build::Place {
            issuer,
            has_ca_below: below.contains(&index),
            store: &spec.output,
            spec_dir: &spec_dir,
            revoked: revocations.remove(&seed.id),
        };
        let found = if document.keep_going && family.has_rows() {
            &mut left_out
        } else {
            &mut diagnostics
        };
        entities.extend(build::entity(family, seed, &place, found).map(Arc::new));
    }
    let packed: Vec<_> = packed
        .into_iter()
        .filter_map(|(index, expansion)| {
            let said = revoked::packed(families.get(index)?, document, &mut diagnostics);
            Some((index, expansion, said))
        })
        .collect();
    let ground = Arc::new(Ground {
        digest: ground_digest(spec, document),
        families,
        seeds,
        members,
        store: spec.output.clone(),
        spec_dir: spec_dir.clone(),
    });
    let mut fleets: Vec<Fleet> = packed
        .into_iter()
        .filter_map(|(index, expansion, said)| Fleet::new(&ground, index, expansion, said))
        .collect();
    fleets.sort_by(|a, b| natural(a.name(), b.name()));
    let revoked_members = revoked_members(&fleets, &mut diagnostics);
    let all = || entities.iter().map(|one| &**one);
    revoked::check(
        all().chain(revoked_members.iter().map(|one| &**one)),
        &mut diagnostics,
    );
    outputs::check_collisions(all(), &mut diagnostics);
    given_key::check(all(), &mut diagnostics);
    let store_dir = diagnostics.take(store_dir(spec, document, &scope, &spec_dir));
    let now = diagnostics.take(Timestamp::from_second(now.as_second()).map_err(|error| {
        Diagnostic::error(
            "now",
            format!("the moment of this run is out of range: {error}"),
        )
    }));
    let reproducible = match (&spec.reproducible, now) {
        (Some(table), Some(now)) => reproducible::resolve(table, &scope, now, &mut diagnostics),
        _ => None,
    };
    if let Some(reproducible) = &reproducible {
        reproducible::check(reproducible, all(), &mut diagnostics);
    }
    match (store_dir, now) {
        (Some(store_dir), Some(now)) if !diagnostics.has_errors() => {
            let mut hierarchy = ordered(&entities);
            hierarchy.name.clone_from(&spec.name.value);
            hierarchy.env.clone_from(&document.env);
            hierarchy.now = now;
            hierarchy.reproducible = reproducible;
            hierarchy.store_dir = store_dir;
            hierarchy.spec_span = spec.name.span;
            hierarchy.fleets = fleets;
            hierarchy.keep_going = document.keep_going;
            hierarchy.left_out = left_out;
            hierarchy.revoked_members = revoked_members;
            hierarchy.targets =
                target::resolve(&spec.targets, &hierarchy, &scope, &mut diagnostics);
            if diagnostics.has_errors() {
                return Err(diagnostics);
            }
            hierarchy.warnings = diagnostics;
            Ok(hierarchy)
        }
        _ => Err(diagnostics),
    }
}

/// The most bad rows of a fleet that are named: of a file that is wrong throughout, the first ones tell.
const MOST_BAD: usize = 20;

type Packed = Vec<(usize, Expansion)>;

/// The seeds of all that is no packed fleet, and what the packed ones are expanded over.
fn seeds(
    families: &[Family],
    document: &mut Document,
    diagnostics: &mut Diagnostics,
    left_out: &mut Diagnostics,
) -> (Vec<Seed>, Members, Packed) {
    let (mut all, mut members, mut packed) = (Vec::new(), Members::new(), Vec::new());
    let Some(order) = diagnostics.take(expansion_order(families)) else {
        return (all, members, packed);
    };
    for index in order {
        let Some(family) = families.get(index) else {
            continue;
        };
        let expansion = match expansion(family, document, &members) {
            Ok(expansion) => expansion,
            Err(found) => {
                diagnostics.extend(found);
                continue;
            }
        };
        if family.is_packed() {
            packed.push((index, expansion));
            continue;
        }
        let keeps_going = document.keep_going && family.has_rows();
        let diagnostics = if keeps_going {
            &mut *left_out
        } else {
            &mut *diagnostics
        };
        let faults = diagnostics.errors();
        let mut seeds: Vec<Seed> = Vec::new();
        for seed in expansion.seeds(index, family) {
            seeds.extend(diagnostics.take(seed));
            if diagnostics.errors() >= faults + MOST_BAD && !keeps_going {
                break;
            }
        }
        if diagnostics.errors() > faults && !keeps_going {
            continue;
        }
        members.insert(
            family.name.clone(),
            seeds.iter().map(|seed| seed.id.clone()).collect(),
        );
        all.extend(seeds);
    }
    (all, members, packed)
}

/// SHA-256 over what the templates and paths of every table see beside the table.
fn ground_digest(spec: &Spec, document: &Document) -> [u8; 32] {
    let node = |kind| Node::new(kind, Span::NOWHERE);
    let output = document.root.at(&["output"]).cloned();
    digest(&node(Kind::Array(vec![
        node(Kind::String(spec.name.value.clone())),
        node(Kind::String(document.env.clone().unwrap_or_default())),
        node(Kind::Table(document.vars.clone())),
        output.unwrap_or_else(|| node(Kind::Boolean(false))),
    ])))
}

/// Ids that are the same, or differ only in case: on many systems they are one folder.
fn check_ids(seeds: &[Seed], families: &[Family], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &Seed> = BTreeMap::new();
    for seed in seeds {
        let Some(other) = seen.insert(seed.id.to_lowercase(), seed) else {
            continue;
        };
        let span = |seed: &Seed| {
            let family = families.get(seed.family);
            let family = family.map_or(Span::NOWHERE, |family| {
                family.table.id.as_ref().map_or(family.span, |id| id.span)
            });
            seed.item.unwrap_or(family)
        };
        let message = if other.id == seed.id {
            format!("two entities have the id `{}`", seed.id)
        } else {
            format!(
                "the ids `{}` and `{}` differ only in case",
                other.id, seed.id
            )
        };
        let there = span(other);
        diagnostics.push(
            Diagnostic::error("duplicate-id", message)
                .at(span(seed), "made here")
                .at(if there == span(seed) { Span::NOWHERE } else { there }, "and there")
                .help("ids are unique in the whole spec, and name files; an `id` template can tell them apart"),
        );
    }
}

/// The seeds beneath which a CA stands.
fn cas_below(
    seeds: &[Seed],
    families: &[Family],
    issuers: &[Option<Spanned<usize>>],
) -> BTreeSet<usize> {
    let is_ca = |seed: &Seed| {
        families
            .get(seed.family)
            .is_some_and(|family| family.kind == EntityKind::Ca)
    };
    seeds
        .iter()
        .zip(issuers)
        .filter(|(seed, _)| is_ca(seed))
        .filter_map(|(_, issuer)| Some(issuer.as_ref()?.value))
        .collect()
}

fn store_dir(
    spec: &Spec,
    document: &Document,
    scope: &Scope,
    spec_dir: &Utf8Path,
) -> Result<Utf8PathBuf, Diagnostic> {
    let dir = match &spec.output.dir {
        Some(dir) => {
            let path = dir.value.render(scope)?;
            if path.trim().is_empty() {
                return Err(
                    Diagnostic::error("output-dir", "the output folder has no name")
                        .at(dir.span, "empty")
                        .help("as `dir = \"pki/{{ spec }}\"`; `.` is the spec's own folder"),
                );
            }
            path
        }
        None => match &document.env {
            Some(env) => format!("pki/{}.{env}", spec.name.value),
            None => format!("pki/{}", spec.name.value),
        },
    };
    Ok(spec_dir.join(dir))
}

/// Issuers before what they issue, depth first, siblings in natural order: roots' trees first, then the rest.
fn ordered(entities: &[Arc<Entity>]) -> Hierarchy {
    let mut hierarchy = Hierarchy::empty();
    hierarchy.entities.reserve(entities.len());
    let mut below: BTreeMap<Option<&str>, Vec<&Arc<Entity>>> = BTreeMap::new();
    for entity in entities {
        let issuer = entity.issuer.as_ref().map(|issuer| issuer.value.as_str());
        below.entry(issuer).or_default().push(entity);
    }
    for siblings in below.values_mut() {
        siblings.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| natural(&a.id, &b.id)));
    }
    let mut stack = below.remove(&None).unwrap_or_default();
    stack.reverse();
    while let Some(entity) = stack.pop() {
        let mut children = below.remove(&Some(entity.id.as_str())).unwrap_or_default();
        children.reverse();
        stack.append(&mut children);
        hierarchy.push(Arc::clone(entity));
    }
    hierarchy
}
