//! One table of the spec, typed, with everything that it inherits, and the scope of its templates.

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::Value;

use super::expand::Seed;
use super::tree_digest::digest;
use super::{EntityExtension, layers};
use crate::catalog::extension::kind::KINDS;
use crate::catalog::extension::{Extensions, ResolvedExtension};
use crate::source::{Diagnostic, Diagnostics, Kind, Node, Span, read};
use crate::spec::{Declared, EntityKind, EntityTable, ForEach, Spec, check_name};
use crate::template::Scope;

/// A `ca`, `leaf` or `key` table, ready to be expanded.
pub(super) struct Family {
    pub(super) kind: EntityKind,
    pub(super) name: String,
    pub(super) span: Span,
    /// What it says; of a chain, what its topmost CA is.
    pub(super) table: EntityTable,
    /// Of a chain without an issuer, what the CAs below its root are: they are issued, and inherit accordingly.
    below: Option<EntityTable>,
    pub(super) profile: Option<String>,
    pub(super) scope: Scope,
    /// The extensions that are alike in the whole family; none where a template makes them differ.
    constant: Option<Vec<Arc<EntityExtension>>>,
    /// SHA-256 over what its table says, with all that it inherits.
    pub(super) digest: [u8; 32],
}

impl Family {
    /// The table that holds for this entity of the family.
    pub(super) fn table_of(&self, seed: &Seed) -> &EntityTable {
        match (&self.below, seed.level) {
            (Some(below), Some(2..)) => below,
            _ => &self.table,
        }
    }

    /// Whether it walks over rows or items.
    pub(super) fn has_rows(&self) -> bool {
        self.table.for_each.is_some()
    }

    /// The place of a row or item; nowhere if it is but the place of its source, a query or a command.
    pub(super) fn row(&self, item: Span) -> Span {
        let Some(for_each) = &self.table.for_each else {
            return Span::NOWHERE;
        };
        let within = for_each.span.start <= item.start && item.end <= for_each.span.end;
        if within && !matches!(for_each.value, ForEach::Items(_)) {
            return Span::NOWHERE;
        }
        item
    }

    /// Lets its members lie in files, whatever it says.
    pub(super) fn unpack(&mut self) {
        self.table.pack = None;
    }

    /// Whether it lies in a pack.
    pub(super) fn is_packed(&self) -> bool {
        self.table.pack.is_some()
    }

    /// The extensions of one entity of the family, in the catalog's order.
    pub(super) fn extensions(
        &self,
        seed: &Seed,
        scope: &Scope,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Arc<EntityExtension>> {
        let table = self.table_of(seed);
        let Some(written) = &table.extensions else {
            return Vec::new();
        };
        match &self.constant {
            Some(constant) if self.below.is_none() => {
                let mut extensions = constant.clone();
                let names = Extensions {
                    subject_alt_name: written.subject_alt_name.clone(),
                    ..Extensions::default()
                };
                let own = names.resolve(scope, diagnostics);
                extensions.extend(
                    own.into_iter()
                        .map(|own| Arc::new(EntityExtension::new(own))),
                );
                extensions.sort_by_key(|extension| position(&extension.resolved));
                extensions
            }
            _ => written
                .resolve(scope, diagnostics)
                .into_iter()
                .map(|extension| Arc::new(EntityExtension::new(extension)))
                .collect(),
        }
    }
}

/// Reads every entity's table with what it inherits.
pub(super) fn families(
    spec: &Spec,
    builtin: &Node,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for declared in &spec.entities {
        if let Err(wrong) = check_name(&declared.name) {
            diagnostics.push(
                Diagnostic::error(
                    "entity-id",
                    format!("the name `{}` {wrong}", declared.name.escape_debug()),
                )
                .at(declared.span, "an entity's name becomes a file's name"),
            );
            continue;
        }
        if let Some(other) = families.iter().find(|family| family.name == declared.name) {
            diagnostics.push(
                Diagnostic::error(
                    "duplicate-id",
                    format!("`{}` is declared twice", declared.name),
                )
                .at(declared.span, format!("as a {} here", declared.kind.word()))
                .at(other.span, format!("as a {} there", other.kind.word()))
                .help("ids are unique in the whole spec: rename one"),
            );
            continue;
        }
        if let Some(family) = family(spec, builtin, declared, scope, diagnostics) {
            families.push(family);
        }
    }
    families
}

fn family(
    spec: &Spec,
    builtin: &Node,
    declared: &Declared,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<Family> {
    let scope = scope.with("entity", Value::from(declared.name.clone()));
    let mut effective =
        diagnostics.take(layers::effective(spec, builtin, declared, false, &scope))?;
    // Who has an issuer, perhaps by its profile, inherits as what is issued.
    let is_issued = effective.table.at(&["issuer"]).is_some();
    if is_issued {
        effective = diagnostics.take(layers::effective(spec, builtin, declared, true, &scope))?;
    }
    let table = read::<EntityTable>(&effective.table, declared.kind.word(), diagnostics)?;
    let mut below = None;
    if declared.kind == EntityKind::Ca && table.depth.is_some() && !is_issued {
        let effective =
            diagnostics.take(layers::effective(spec, builtin, declared, true, &scope))?;
        below = Some(read::<EntityTable>(
            &effective.table,
            declared.kind.word(),
            diagnostics,
        )?);
    }
    let constant = constant_extensions(&effective.table, &table, &scope, diagnostics);
    if let Some(pack) = table.pack.as_ref().filter(|_| !is_fleet(&table)) {
        diagnostics.push(
            Diagnostic::error("pack", format!("`{}` is no fleet", declared.name))
                .at(pack.span, "a pack holds the entities of a fleet")
                .help("give it a `count` or a `for_each`, or take `pack` away"),
        );
        return None;
    }
    Some(Family {
        digest: digest(&effective.table),
        below,
        constant,
        kind: declared.kind,
        name: declared.name.clone(),
        span: declared.span,
        table,
        profile: effective.profile,
        scope,
    })
}

fn is_fleet(table: &EntityTable) -> bool {
    table.count.is_some() || table.for_each.is_some()
}

/// The extensions but for the names, resolved once where no template stands in them.
fn constant_extensions(
    tree: &Node,
    table: &EntityTable,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Arc<EntityExtension>>> {
    let mut tree = tree.at(&["extensions"])?.clone();
    tree.as_table_mut()?.remove("subject_alt_name");
    if has_template(&tree) {
        return None;
    }
    let written = table.extensions.as_ref()?;
    let but_names = Extensions {
        subject_alt_name: None,
        ..written.clone()
    };
    let resolved = but_names.resolve(scope, diagnostics);
    Some(
        resolved
            .into_iter()
            .map(|extension| Arc::new(EntityExtension::new(extension)))
            .collect(),
    )
}

/// The place of an extension among those of a certificate: the registry's order, others last.
fn position(extension: &ResolvedExtension) -> usize {
    KINDS
        .iter()
        .position(|kind| kind.oid == extension.oid)
        .unwrap_or(KINDS.len())
}

fn has_template(node: &Node) -> bool {
    match &node.kind {
        Kind::String(text) => text.contains("{{") || text.contains("{%") || text.contains("{#"),
        Kind::Array(items) => items.iter().any(has_template),
        Kind::Table(table) => table.iter().any(|(.., value)| has_template(value)),
        _ => false,
    }
}

/// The order in which families are expanded: one that walks over another comes after it.
///
/// # Errors
/// Families that walk over one another.
pub(super) fn expansion_order(families: &[Family]) -> Result<Vec<usize>, Diagnostic> {
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    while order.len() < families.len() {
        let before = order.len();
        for (index, family) in families.iter().enumerate() {
            let waits = walked(family).is_some_and(|name| {
                families.iter().any(|other| other.name == name) && !done.contains(name.as_str())
            });
            if !waits && done.insert(family.name.as_str()) {
                order.push(index);
            }
        }
        if order.len() == before {
            let stuck = families
                .iter()
                .find(|family| !done.contains(family.name.as_str()));
            let (name, span) = stuck.map_or(("", Span::NOWHERE), |family| {
                (
                    family.name.as_str(),
                    family
                        .table
                        .for_each
                        .as_ref()
                        .map_or(family.span, |each| each.span),
                )
            });
            return Err(
                Diagnostic::error("for-each-cycle", format!("`{name}` walks over itself"))
                    .at(span, "this closes the circle"),
            );
        }
    }
    Ok(order)
}

/// The family that this one walks over, if it walks over one.
fn walked(family: &Family) -> Option<String> {
    let ForEach::Name(name) = &family.table.for_each.as_ref()?.value else {
        return None;
    };
    let name = name.render(&family.scope).ok()?;
    super::expand::referred(&name).map(str::to_owned)
}
