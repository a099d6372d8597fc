//! The one minijinja environment: strict, bounded, each template compiled once.

use std::sync::LazyLock;

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::Scope;
use crate::source::{Diagnostic, Span, nearest};

/// Steps after which a template is taken to run for ever.
const FUEL: u64 = 50_000;
/// The most bytes that a value may render to.
const LONGEST: usize = 64 * 1024;

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.set_debug(true);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    // A mutable cell across loop turns could double a text in each: 64 KiB would never be met in time.
    environment.remove_global("namespace");
    environment.remove_global("debug");
    super::filters::add(&mut environment);
    // A template's name is its own text: it is compiled once, wherever it stands.
    environment.set_loader(|name| Ok(Some(name.to_owned())));
    environment
});

/// Renders a template; `span` is the string that holds it.
pub(super) fn render(text: &str, span: Span, scope: &Scope) -> Result<String, Diagnostic> {
    let rendered = ENGINE
        .get_template(text)
        .and_then(|template| template.render(scope.to_context()))
        .map_err(|error| explain(&error, text, span, scope))?;
    if rendered.len() > LONGEST {
        return Err(Diagnostic::error(
            "template-size",
            format!("this template renders to {} bytes", rendered.len()),
        )
        .at(span, format!("more than {LONGEST}")));
    }
    Ok(rendered)
}

/// The items of a list, if the text is one `{{ expression }}` that yields one.
pub(super) fn list(
    text: &str,
    span: Span,
    scope: &Scope,
) -> Option<Result<Vec<String>, Diagnostic>> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    if inner.contains("{{") || inner.contains("}}") {
        return None;
    }
    let value: Value = ENGINE
        .compile_expression_owned(inner.to_owned())
        .and_then(|expression| expression.eval(scope.to_context()))
        .ok()?;
    if value.kind() != minijinja::value::ValueKind::Seq {
        return None;
    }
    let items = value
        .try_iter()
        .map(|items| items.map(|item| item.to_string()).collect());
    Some(items.map_err(|error| explain(&error, text, span, scope)))
}

/// What went wrong, at the very place in the string.
fn explain(error: &Error, text: &str, span: Span, scope: &Scope) -> Diagnostic {
    let place = error.range().map_or(span, |range| span.part(text, range));
    let name = error
        .range()
        .and_then(|range| text.get(range))
        .map(|shown| shown.trim_matches(|c: char| c.is_whitespace() || c == '{' || c == '}'))
        .unwrap_or_default();
    match error.kind() {
        ErrorKind::UndefinedError => undefined(name, text, place, span, scope),
        ErrorKind::OutOfFuel => {
            Diagnostic::error("template-fuel", "this template runs too long".to_owned())
                .at(span, format!("stopped after {FUEL} steps"))
                .help("a template fills in a value: loops belong in `count` and `for_each`")
        }
        ErrorKind::SyntaxError => {
            let detail = error.detail().unwrap_or("it does not end");
            Diagnostic::error(
                "template-syntax",
                format!("this template can't be read: {detail}"),
            )
            .at(place, "here")
            .help("`{{ name }}` puts a variable in; a literal `{{` is written `{{ '{{' }}`")
        }
        ErrorKind::TemplateNotFound => Diagnostic::error(
            "template-syntax",
            "a template can't include another".to_owned(),
        )
        .at(place, "here"),
        _ => {
            let detail = error
                .detail()
                .map_or_else(|| error.kind().to_string(), str::to_owned);
            Diagnostic::error("template", detail).at(place, "fails here")
        }
    }
}

fn undefined(name: &str, text: &str, place: Span, whole: Span, scope: &Scope) -> Diagnostic {
    let defined = scope.names();
    let root: &str = name.split(['.', '[', '|', ' ', '(']).next().unwrap_or(name);
    // minijinja marks the whole expression or the attribute: the first name in it that is not there is meant.
    let culprit = if scope.get(root).is_none() && !root.is_empty() {
        root
    } else {
        name
    };
    let place = match text.find(culprit) {
        Some(start) if text.matches(culprit).count() == 1 => {
            whole.part(text, start..start + culprit.len())
        }
        _ => place,
    };
    let diagnostic = Diagnostic::error("undefined-variable", format!("`{culprit}` is not defined"));
    let listed = format!("defined: {}", defined.join(", "));
    match nearest(culprit, defined.iter().map(String::as_str)) {
        Some(near) => diagnostic.at(place, format!("did you mean `{near}`? ({listed})")),
        None if matches!(culprit, "index" | "level" | "item") => diagnostic
            .at(place, listed)
            .help("`index` exists with `count`, `level` with `depth`, `item` with `for_each`"),
        None => diagnostic
            .at(place, listed)
            .help("declare it and its default in [vars]"),
    }
}
