//! The one minijinja environment: strict, bounded, each template compiled once.

use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Expression, Output, UndefinedBehavior, Value};

use super::Scope;
use super::words::words;

/// Steps after which a template is taken to run for ever; what it makes costs by its size.
pub(super) const FUEL: u64 = 50_000;
/// The most bytes that a template may have, and that it may render to.
pub(super) const LONGEST: usize = 64 * 1024;
/// The most words in a template, and the most brackets around one: minijinja's parser walks down by a step for either,
/// and the smallest stack that it runs on (2 MiB, unoptimised) ends at 100 brackets or 850 words.
pub(super) const MOST_WORDS: usize = 256;
pub(super) const DEEPEST: usize = 16;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.set_debug(true);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_formatter(|out, _, value| write(out, value));
    // A cell that outlives a turn of a loop has no use in a value, and `debug` shows the engine and not the spec.
    environment.remove_global("namespace");
    environment.remove_global("debug");
    super::filters::add(&mut environment);
    // A template's name is its own text: it is compiled once, wherever it stands.
    environment.set_loader(|name| check(name).map(|()| Some(name.to_owned())));
    environment
});

/// Renders a template.
pub(super) fn render(text: &str, scope: &Scope) -> Result<String, Error> {
    let rendered = ENGINE.get_template(text)?.render(scope.to_context())?;
    if rendered.len() > LONGEST {
        return Err(too_much(format!(
            "this template renders to {} bytes, more than {LONGEST}",
            rendered.len()
        )));
    }
    Ok(rendered)
}

/// A text that is one `{{ expression }}` and nothing else, compiled; none if it is not, or is wrong.
pub(super) fn expression(text: &str) -> Option<Expression<'static, 'static>> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    if inner.contains("{{") || inner.contains("}}") || check(text).is_err() {
        return None;
    }
    let inner = inner.trim_start_matches('-').trim_end_matches('-');
    ENGINE.compile_expression_owned(inner.to_owned()).ok()
}

/// A value as it stands in a text; none if it has no place in one.
pub(super) fn text(value: &Value) -> Option<String> {
    match value.kind() {
        ValueKind::Bool => Some(if value.is_true() { "true" } else { "false" }.to_owned()),
        ValueKind::String | ValueKind::Number => Some(value.to_string()),
        _ => None,
    }
}

/// The names that a template is given but does not make itself.
pub(super) fn undeclared(text: &str) -> Vec<String> {
    let template = ENGINE.get_template(text);
    template.map_or_else(
        |_| Vec::new(),
        |template| template.undeclared_variables(false).into_iter().collect(),
    )
}

/// Whether the engine itself has a function or value of this name.
pub(super) fn is_global(name: &str) -> bool {
    ENGINE.globals().any(|(global, _)| global == name)
}

/// `true` and `false` as TOML writes them, where minijinja would write `True`; lists and tables not at all.
fn write(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    if let Some(text) = value.as_str() {
        return out.write_str(text).map_err(Error::from);
    }
    let written = match value.kind() {
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Seq | ValueKind::Iterable => {
            return Err(misplaced(
                "a list has no place in a text: take one item as `[0]`, or `| join(',')`",
            ));
        }
        ValueKind::Map | ValueKind::Plain => {
            return Err(misplaced(
                "a table has no place in a text: take one of its values as `.key`",
            ));
        }
        ValueKind::None => return Err(misplaced("`none` has no place in a text")),
        _ => write!(out, "{value}"),
    };
    written.map_err(Error::from)
}

/// Refuses, before it is parsed, what would overflow the stack of the parser.
fn check(text: &str) -> Result<(), Error> {
    if text.len() > LONGEST {
        return Err(too_much(format!(
            "this template has {} bytes, more than {LONGEST}",
            text.len()
        )));
    }
    let words = words(text);
    if words.len() > MOST_WORDS || words.iter().any(|word| word.depth > DEEPEST) {
        return Err(too_much(format!(
            "this template has more than {MOST_WORDS} words and signs, or brackets more than {DEEPEST} deep"
        )));
    }
    Ok(())
}

fn misplaced(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// An error of a kind that minijinja itself makes in no template of ours.
fn too_much(what: String) -> Error {
    Error::new(ErrorKind::WriteFailure, what)
}
