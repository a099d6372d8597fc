//! What went wrong in a template, at the very word in the string that is wrong.

use std::ops::Range;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::words::{Word, words};
use super::{Scope, Template, engine, filters};
use crate::source::{Diagnostic, nearest};

/// The most names that a message lists.
const MOST_NAMES: usize = 20;

/// The diagnostic of an error in rendering a template.
pub(super) fn explain(error: &Error, template: &Template, scope: &Scope) -> Diagnostic {
    let text = template.text();
    let range = error.range().unwrap_or(0..text.len());
    let place = template.place(range.clone());
    let word = text.get(range.clone()).unwrap_or_default().trim();
    let detail = || {
        error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned)
    };
    match error.kind() {
        ErrorKind::UndefinedError => undefined(template, &range, scope),
        ErrorKind::OutOfFuel => Diagnostic::error("template-fuel", "this template runs too long")
            .at(
                template.span(),
                format!(
                    "stopped after {} steps; a text counts by its length",
                    engine::FUEL
                ),
            )
            .help("a template fills in a value: loops belong in `count` and `for_each`"),
        ErrorKind::InvalidOperation if detail().starts_with("recursion limit") => {
            Diagnostic::error("template-fuel", "this template calls itself too deep")
                .at(place, "here")
                .help("a template fills in a value: what nests belongs in `depth`")
        }
        ErrorKind::WriteFailure => Diagnostic::error("template-size", detail())
            .at(template.span(), "too much")
            .help("a template fills in a value; what is long belongs in a file or in a variable"),
        ErrorKind::SyntaxError if detail().starts_with("unknown statement") => {
            Diagnostic::error("template-syntax", format!("a template has no `{word}`"))
                .at(place, "here")
                .help("it fills in one value: it has `if`, `for` and `set`, and takes in no file")
        }
        ErrorKind::SyntaxError => Diagnostic::error(
            "template-syntax",
            format!("this template can't be read: {}", detail()),
        )
        .at(place, "here")
        .help("`{{ name }}` puts a variable in; a literal `{{` is written `{{ '{{' }}`"),
        ErrorKind::UnknownFilter => {
            let diagnostic = Diagnostic::error("template", format!("there is no filter `{word}`"));
            match nearest(word, filters::NAMES.iter().copied()) {
                Some(near) => diagnostic.at(place, format!("did you mean `{near}`?")),
                None => diagnostic
                    .at(place, "unknown")
                    .help(format!("there are: {}", filters::NAMES.join(", "))),
            }
        }
        ErrorKind::UnknownTest => {
            Diagnostic::error("template", format!("there is no test `{word}`")).at(place, "unknown")
        }
        ErrorKind::UnknownFunction => {
            let name = word.split('(').next().unwrap_or_default().trim_end();
            Diagnostic::error("template", format!("there is no function `{name}`"))
                .at(place, "unknown")
                .help("there are `range` and `dict`; what changes a value is a filter: `{{ name | lower }}`")
        }
        _ => Diagnostic::error("template", detail()).at(place, "fails here"),
    }
}

/// A name that is not there: one that the template is not given, or one that a table does not have.
fn undefined(template: &Template, range: &Range<usize>, scope: &Scope) -> Diagnostic {
    let text = template.text();
    let words = words(text);
    if let Some(word) = missing_name(text, &words, range, scope) {
        let names = scope.names();
        let diagnostic = Diagnostic::error(
            "undefined-variable",
            format!("`{}` is not defined", word.text),
        );
        let listed = format!("defined: {}", list(&names));
        let place = template.place(word.range.clone());
        return match nearest(word.text, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.at(place, format!("did you mean `{near}`? ({listed})")),
            None if matches!(word.text, "index" | "level" | "item" | "issuer") => diagnostic
                .at(place, listed)
                .help("`index` exists with `count`, `level` with `depth`, `item` with `for_each`"),
            None => diagnostic
                .at(place, listed)
                .help("declare it and its default in [vars]"),
        };
    }
    if let Some((table, of, word)) = missing_key(&words, range, scope) {
        let keys = keys(&table);
        let message = if table.kind() == ValueKind::Map {
            format!("`{of}` has no `{}`", word.text)
        } else {
            format!("`{of}` is no table, and has no `{}`", word.text)
        };
        let diagnostic = Diagnostic::error("undefined-variable", message);
        let place = template.place(word.range.clone());
        return match nearest(word.text, keys.iter().map(String::as_str)) {
            Some(near) => diagnostic.at(
                place,
                format!("did you mean `{near}`? (it has: {})", list(&keys)),
            ),
            None if keys.is_empty() => diagnostic.at(place, ""),
            None => diagnostic.at(place, format!("it has: {}", list(&keys))),
        };
    }
    let shown = text.get(range.clone()).unwrap_or_default().trim();
    Diagnostic::error("undefined-variable", format!("`{shown}` is not defined"))
        .at(template.place(range.clone()), "")
}

/// The name that is missing: within the place that the engine gives, or else the nearest before it (it points at the
/// filter that was handed the missing value).
fn missing_name<'a>(
    text: &str,
    words: &'a [Word<'a>],
    range: &Range<usize>,
    scope: &Scope,
) -> Option<&'a Word<'a>> {
    let given = engine::undeclared(text);
    let missing: Vec<&Word<'_>> = names(words)
        .filter(|(before, word)| {
            *before != Some(".")
                && given.iter().any(|name| name == word.text)
                && scope.get(word.text).is_none()
                && !engine::is_global(word.text)
        })
        .map(|(_, word)| word)
        .collect();
    let within = |word: &&&Word<'_>| range.start <= word.range.start && word.range.end <= range.end;
    let before = |word: &&&Word<'_>| word.range.end <= range.end;
    missing
        .iter()
        .find(within)
        .or_else(|| missing.iter().rfind(before))
        .copied()
}

/// The first key along a path `a.b.c` that touches the place, with the value that lacks it and that value's own path.
fn missing_key<'a>(
    words: &'a [Word<'a>],
    range: &Range<usize>,
    scope: &Scope,
) -> Option<(Value, String, &'a Word<'a>)> {
    let touches = |word: &Word<'_>| word.range.start < range.end && range.start < word.range.end;
    let mut found = None;
    let mut table: Option<(Value, String)> = None;
    for (before, word) in names(words) {
        table = match (before, table.take()) {
            (Some("."), Some((value, path))) => match value.get_attr(word.text) {
                Ok(inner) if !inner.is_undefined() => {
                    Some((inner, format!("{path}.{}", word.text)))
                }
                _ => {
                    if found.is_none() || touches(word) {
                        found = Some((value, path, word));
                    }
                    None
                }
            },
            (Some("."), None) => None,
            _ => scope
                .get(word.text)
                .map(|value| (value, word.text.to_owned())),
        };
    }
    found
}

/// The names among the words, each with the word before it.
fn names<'a>(words: &'a [Word<'a>]) -> impl Iterator<Item = (Option<&'a str>, &'a Word<'a>)> {
    let befores = std::iter::once(None).chain(words.iter().map(|word| Some(word.text)));
    befores.zip(words).filter(|(_, word)| word.is_name())
}

fn keys(table: &Value) -> Vec<String> {
    if table.kind() != ValueKind::Map {
        return Vec::new();
    }
    let mut keys: Vec<String> = table
        .try_iter()
        .map(|keys| keys.map(|key| key.to_string()).collect())
        .unwrap_or_default();
    keys.sort();
    keys
}

fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{}, and {more} more", shown.join(", "))
    }
}
