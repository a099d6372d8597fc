//! The values of a spec's variables: its own, its environment's, the process's, files', flags', the later over the
//! earlier.

use camino::Utf8PathBuf;

use super::files::{SPEC_BYTES, read_text};
use super::parse::{parse, parse_value};
use super::{Diagnostic, Diagnostics, Kind, Node, SourceMap, Span, Table, nearest};

/// Names that templates have by themselves.
pub(super) const RESERVED: &[&str] = &[
    "env", "spec", "entity", "id", "level", "index", "item", "issuer",
];

/// The prefix of variables in the process's environment.
const PREFIX: &str = "PKIFORM_VAR_";

/// Where values come from besides the spec, in the order of precedence, lowest first.
#[derive(Clone, Debug, Default)]
pub struct VariableSources {
    /// The process's environment: `PKIFORM_VAR_DEVICES` is `devices`.
    pub environment: Vec<(String, String)>,
    /// TOML files of `--var-file`.
    pub files: Vec<Utf8PathBuf>,
    /// `--var KEY=VALUE`.
    pub set: Vec<(String, String)>,
}

/// Settles all variables. The root already has its environment's values over its own.
pub(super) fn settle(
    root: &Node,
    sources: &VariableSources,
    map: &mut SourceMap,
) -> Result<Table, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let declared = root
        .at(&["vars"])
        .and_then(Node::as_table)
        .cloned()
        .unwrap_or_default();
    check_names(&declared, &mut diagnostics);
    let mut values = declared.clone();
    for (name, value) in &sources.environment {
        let Some(name) = name.strip_prefix(PREFIX) else {
            continue;
        };
        // Other specs have other variables: what this one does not declare is not its own.
        let known = declared
            .iter()
            .find(|(known, ..)| known.to_uppercase() == name.to_uppercase());
        if let Some((known, key_span, default)) = known {
            match typed(value, default) {
                Ok(node) => values.insert(known, key_span, node),
                Err(why) => diagnostics.push(
                    Diagnostic::error("variable", format!("`{PREFIX}{name}` {why}"))
                        .at(default.span, "its default"),
                ),
            }
        }
    }
    for file in &sources.files {
        let tree = read_text(file, SPEC_BYTES, Span::NOWHERE, map)
            .map_err(Diagnostics::from)
            .and_then(|text| parse(file.clone(), &text, map));
        match tree {
            Ok(tree) => {
                for (name, key_span, value) in tree.as_table().iter().flat_map(|table| table.iter())
                {
                    match declared.get(name) {
                        Some(_) => values.insert(name, key_span, value.clone()),
                        None => diagnostics.push(undeclared(name, key_span, &declared)),
                    }
                }
            }
            Err(found) => diagnostics.extend(found),
        }
    }
    for (name, value) in &sources.set {
        match declared.get(name) {
            Some(default) => match typed(value, default) {
                Ok(node) => {
                    let key_span = declared.key_span(name).unwrap_or(Span::NOWHERE);
                    values.insert(name.as_str(), key_span, node);
                }
                Err(why) => diagnostics.push(
                    Diagnostic::error("variable", format!("`--var {name}={value}` {why}"))
                        .at(default.span, "its default"),
                ),
            },
            None => diagnostics.push(undeclared(name, Span::NOWHERE, &declared)),
        }
    }
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(values)
    }
}

fn check_names(declared: &Table, diagnostics: &mut Diagnostics) {
    for (name, span, _) in declared.iter() {
        let is_identifier = !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if RESERVED.contains(&name) {
            diagnostics.push(
                Diagnostic::error(
                    "reserved-name",
                    format!("a variable can't be called `{name}`"),
                )
                .at(span, "templates have a value of that name")
                .help(format!("reserved are: {}", RESERVED.join(", "))),
            );
        } else if !is_identifier {
            diagnostics.push(
                Diagnostic::error(
                    "variable-name",
                    format!("`{name}` is no name for a variable"),
                )
                .at(span, "letters, digits and `_`, no digit first"),
            );
        }
    }
}

/// The value of a flag, in the type of the variable's default.
fn typed(value: &str, default: &Node) -> Result<Node, String> {
    let what = match &default.kind {
        Kind::String(_) => {
            return Ok(Node::new(Kind::String(value.to_owned()), Span::NOWHERE));
        }
        Kind::Integer(_) => "a whole number",
        Kind::Float(_) => "a number",
        Kind::Boolean(_) => "`true` or `false`",
        Kind::Datetime(_) => "a date",
        Kind::Array(_) => "a list, as `[\"a\", \"b\"]`",
        Kind::Table(_) => "a table, as `{ a = 1 }`",
    };
    let parsed = parse_value(value.trim());
    match (parsed, &default.kind) {
        (Some(node), Kind::Float(_)) if matches!(node.kind, Kind::Integer(_)) => Ok(node),
        (Some(node), kind)
            if std::mem::discriminant(&node.kind) == std::mem::discriminant(kind) =>
        {
            Ok(node)
        }
        _ => Err(format!("is not {what}, as the variable's default is")),
    }
}

fn undeclared(name: &str, span: Span, declared: &Table) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "undeclared-variable",
        format!("the spec declares no variable `{name}`"),
    );
    let known: Vec<&str> = declared.iter().map(|(known, ..)| known).collect();
    match (nearest(name, known.iter().copied()), known.is_empty()) {
        (Some(near), _) => diagnostic
            .at(span, "")
            .help(format!("did you mean `{near}`?")),
        (None, true) => diagnostic
            .at(span, "")
            .help("declare it and its default in [vars]"),
        (None, false) => diagnostic
            .at(span, "")
            .help(format!("it declares: {}", known.join(", "))),
    }
}
