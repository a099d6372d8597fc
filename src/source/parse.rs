//! TOML text to a spanned tree, all its faults at once.

use std::ops::Range;

use camino::Utf8PathBuf;
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Diagnostics, Kind, Node, SourceMap, Span, Table};

/// Parses a file's text, which is added to the map.
///
/// # Errors
/// Everything in which it is not TOML, or that the space of positions is full.
pub(super) fn parse(
    path: Utf8PathBuf,
    text: &str,
    map: &mut SourceMap,
) -> Result<Node, Diagnostics> {
    let name = path.clone();
    let Some(base) = map.add(path, text) else {
        return Err(too_large(&name).into());
    };
    let (tree, faults) = DeTable::parse_recoverable(text);
    let mut diagnostics = Diagnostics::new();
    // One slip often makes many faults: the first ones tell.
    for fault in faults.into_iter().take(20) {
        let span = shifted(fault.span().unwrap_or(0..0), base);
        diagnostics
            .push(Diagnostic::error("toml", fault.message().to_owned()).at(span, "not TOML"));
    }
    let mut node = Node::new(
        Kind::Table(table(tree.get_ref(), base, &mut diagnostics)),
        shifted(0..text.len(), base),
    );
    node.span = shifted(tree.span(), base);
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(node)
    }
}

/// Parses one value, as it stands behind `=`; its places are nowhere.
pub(super) fn parse_value(text: &str) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut diagnostics = Diagnostics::new();
    let mut node = node(&value, 0, &mut diagnostics);
    forget(&mut node);
    (!diagnostics.has_errors()).then_some(node)
}

pub(super) fn too_large(path: &Utf8PathBuf) -> Diagnostic {
    Diagnostic::error("spec-size", format!("`{path}` is too large for a spec"))
        .help("a spec is a page or two; rows of a fleet belong in a CSV file")
}

/// Puts a tree nowhere: what no user wrote is no place to go to.
pub(super) fn forget(node: &mut Node) {
    node.span = Span::NOWHERE;
    match &mut node.kind {
        Kind::Array(items) => items.iter_mut().for_each(forget),
        Kind::Table(table) => {
            let keys: Vec<String> = table.iter().map(|(key, ..)| key.to_owned()).collect();
            for key in keys {
                if let Some(value) = table.get_mut(&key) {
                    forget(value);
                }
            }
        }
        _ => {}
    }
}

fn shifted(range: Range<usize>, base: u32) -> Span {
    let position = |offset: usize| {
        u32::try_from(offset)
            .ok()
            .and_then(|offset| base.checked_add(offset))
            .unwrap_or(base)
    };
    Span {
        start: position(range.start),
        end: position(range.end),
    }
}

fn table(table: &DeTable<'_>, base: u32, diagnostics: &mut Diagnostics) -> Table {
    let mut entries: Vec<_> = table.iter().collect();
    // The parser sorts keys; a person reads them as written.
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut tree = Table::new();
    for (key, value) in entries {
        let value = node(value, base, diagnostics);
        tree.insert(key.get_ref().clone(), shifted(key.span(), base), value);
    }
    tree
}

fn node(value: &TomlSpanned<DeValue<'_>>, base: u32, diagnostics: &mut Diagnostics) -> Node {
    let span = shifted(value.span(), base);
    let mut out_of_range = |what: &str| {
        diagnostics.push(
            Diagnostic::error("toml", format!("this {what} is out of range")).at(span, "too large"),
        );
    };
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::String(text.clone().into_owned()),
        DeValue::Integer(integer) => Kind::Integer(
            i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or_else(|_| {
                out_of_range("number");
                0
            }),
        ),
        DeValue::Float(float) => Kind::Float(float.as_str().parse().unwrap_or_else(|_| {
            out_of_range("number");
            0.0
        })),
        DeValue::Boolean(boolean) => Kind::Boolean(*boolean),
        DeValue::Datetime(datetime) => Kind::Datetime(datetime.to_string()),
        DeValue::Array(items) => Kind::Array(
            items
                .iter()
                .map(|item| node(item, base, diagnostics))
                .collect(),
        ),
        DeValue::Table(inner) => Kind::Table(table(inner, base, diagnostics)),
    };
    Node::new(kind, span)
}
