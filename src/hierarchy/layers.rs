//! What wins: the entity, its profile, the defaults of its kind, the defaults, what is built in; merged as trees.

use std::collections::BTreeSet;

use crate::source::{Diagnostic, Kind, Node, Span, Spanned, Table, nearest, overlay};
use crate::spec::{Declared, EntityKind, Spec, strip_removed};
use crate::template::{Scope, Templated};

/// The table of one entity with everything that it inherits, and the profile that it took.
pub(super) struct Effective {
    pub(super) table: Node,
    pub(super) profile: Option<String>,
}

/// Merges the layers below an entity's table and the table itself.
///
/// # Errors
/// A profile that does not exist, or whose `extends` runs in a circle.
pub(super) fn effective(
    spec: &Spec,
    builtin: &Node,
    entity: &Declared,
    is_issued: bool,
    scope: &Scope,
) -> Result<Effective, Diagnostic> {
    let own = normal(&entity.table);
    let kind = kind_defaults(entity.kind, is_issued);
    let mut layers = Vec::new();
    if entity.kind != EntityKind::Key {
        layers.extend(builtin.at(&["defaults"]).cloned());
    } else if let Some(key) = builtin.at(&["defaults", "key"]) {
        layers.push(single("key", key));
    }
    layers.extend(builtin.at(&[kind.builtin]).cloned());
    if entity.kind == EntityKind::Key {
        // A key has no certificate, so only what concerns its file is inherited.
        for name in ["key", "key_encryption", "mode", "group"] {
            layers.extend(spec.defaults.at(&[name]).map(|value| single(name, value)));
        }
    } else {
        layers.push(normal(&without(&spec.defaults, &["ca", "leaf"])));
        layers.extend(spec.defaults.at(&[kind.defaults]).map(normal));
    }
    let profile = profile_name(layers.iter().chain([&own]), scope)?;
    if let Some(profile) = &profile {
        layers.extend(profile_chain(spec, builtin, profile)?);
    }
    layers.push(own);

    let mut table = Node::new(Kind::Table(Table::new()), entity.table.span);
    for layer in &layers {
        lay(&mut table, layer);
    }
    table.span = entity.table.span;
    strip_removed(&mut table);
    Ok(Effective {
        table,
        profile: profile.map(|profile| profile.value),
    })
}

struct KindDefaults {
    /// The table of the built-in layer.
    builtin: &'static str,
    /// The table below `[defaults]`.
    defaults: &'static str,
}

fn kind_defaults(kind: EntityKind, is_issued: bool) -> KindDefaults {
    match kind {
        EntityKind::Ca if is_issued => KindDefaults {
            builtin: "intermediate",
            defaults: "ca",
        },
        EntityKind::Ca => KindDefaults {
            builtin: "root",
            defaults: "ca",
        },
        EntityKind::Leaf => KindDefaults {
            builtin: "leaf",
            defaults: "leaf",
        },
        EntityKind::Key => KindDefaults {
            builtin: "key",
            defaults: "key",
        },
    }
}

/// The profile that the last of the layers names, if one does.
fn profile_name<'a>(
    layers: impl Iterator<Item = &'a Node>,
    scope: &Scope,
) -> Result<Option<Spanned<String>>, Diagnostic> {
    let Some(named) = layers.filter_map(|layer| layer.at(&["profile"])).last() else {
        return Ok(None);
    };
    let Some(text) = named.as_str() else {
        return Ok(None);
    };
    let name = Templated::<String>::from_text_at(text, named.span).render(scope)?;
    Ok(Some(Spanned::new(name, named.span)))
}

/// A profile's tables, that from which it begins first.
fn profile_chain(
    spec: &Spec,
    builtin: &Node,
    profile: &Spanned<String>,
) -> Result<Vec<Node>, Diagnostic> {
    let mut chain = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = Some(profile.clone());
    while let Some(name) = next {
        let own = spec.profiles.get(&name.value);
        // A profile of the spec that has a built-in one's name may begin from that.
        let table = if seen.contains(&name.value) || own.is_none() {
            builtin.at(&["profile", &name.value])
        } else {
            own
        };
        let visited = !seen.insert(name.value.clone());
        let Some(table) = table else {
            return Err(unknown_profile(spec, builtin, &name, visited));
        };
        next = table
            .at(&["extends"])
            .and_then(|extends| Some(Spanned::new(extends.as_str()?.to_owned(), extends.span)));
        chain.push(normal(&without(table, &["extends"])));
    }
    chain.reverse();
    Ok(chain)
}

fn unknown_profile(
    spec: &Spec,
    builtin: &Node,
    name: &Spanned<String>,
    circle: bool,
) -> Diagnostic {
    if circle {
        return Diagnostic::error(
            "profile-cycle",
            format!("the profile `{}` begins from itself", name.value),
        )
        .at(name.span, "this closes the circle");
    }
    let mut known: Vec<&str> = spec.profiles.keys().map(String::as_str).collect();
    if let Some(table) = builtin.at(&["profile"]).and_then(Node::as_table) {
        known.extend(table.iter().map(|(key, ..)| key));
    }
    known.sort_unstable();
    known.dedup();
    let diagnostic = Diagnostic::error(
        "unknown-profile",
        format!("there is no profile `{}`", name.value),
    );
    match nearest(&name.value, known.iter().copied()) {
        Some(near) => diagnostic.at(name.span, format!("did you mean `{near}`?")),
        None => diagnostic.at(name.span, "unknown"),
    }
    .help(format!(
        "there are: {}; a spec adds its own as [profile.NAME]",
        known.join(", ")
    ))
}

/// Lays one layer over another; of `validity` and `not_after` the upper layer's displaces the lower's.
fn lay(base: &mut Node, over: &Node) {
    for (said, displaced) in [("not_after", "validity"), ("validity", "not_after")] {
        if over.at(&[said]).is_some()
            && over.at(&[displaced]).is_none()
            && let Some(table) = base.as_table_mut()
        {
            table.remove(displaced);
        }
    }
    overlay(base, over);
}

/// A table with its short forms written out: `san` is `extensions.subject_alt_name`.
fn normal(table: &Node) -> Node {
    let mut table = table.clone();
    if let Some(entries) = table.as_table_mut() {
        let key_span = entries.key_span("san").unwrap_or(Span::NOWHERE);
        if let Some(san) = entries.remove("san") {
            if entries.get("extensions").and_then(Node::as_table).is_none() {
                let empty = Node::new(Kind::Table(Table::new()), san.span);
                entries.insert("extensions", key_span, empty);
            }
            if let Some(extensions) = entries.get_mut("extensions").and_then(Node::as_table_mut) {
                extensions.insert("subject_alt_name", key_span, san);
            }
        }
    }
    table
}

fn without(table: &Node, keys: &[&str]) -> Node {
    let mut table = table.clone();
    if let Some(entries) = table.as_table_mut() {
        for key in keys {
            entries.remove(key);
        }
    }
    table
}

fn single(key: &str, value: &Node) -> Node {
    let mut table = Table::new();
    table.insert(key, value.span, value.clone());
    Node::new(Kind::Table(table), value.span)
}
