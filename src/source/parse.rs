//! TOML text to a spanned tree, all its faults at once.

use std::ops::Range;

use camino::Utf8PathBuf;
use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Diagnostics, Kind, Node, SourceMap, Span, Table};

/// The deepest that tables and lists may stand in one another: each of toml's own limits (80 keys with dots, 80 braces)
/// is met by a tree 6,400 deep, on which a recursive walk would overflow the stack.
const DEEPEST: usize = 64;

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
        return Err(
            Diagnostic::error("spec-size", format!("`{name}` is one file too many")).into(),
        );
    };
    let (tree, faults) = DeTable::parse_recoverable(text);
    let mut diagnostics = Diagnostics::new();
    // One slip often makes many faults: the first ones tell.
    let mut faults: Vec<_> = faults.into_iter().take(20).collect();
    faults.sort_by_key(|fault| fault.span().map_or(0, |span| span.start));
    for fault in faults {
        let range = fault.span().unwrap_or(0..0);
        diagnostics.push(explain(fault.message(), range, text, base));
    }
    let mut reader = Reader {
        text,
        base,
        diagnostics,
    };
    let table = reader.table(tree.get_ref(), 1);
    let node = Node::new(Kind::Table(table), shifted(tree.span(), base));
    take_apart(tree.into_inner());
    if reader.diagnostics.has_errors() {
        Err(reader.diagnostics)
    } else {
        Ok(node)
    }
}

/// A fault of the parser in words of a person who writes TOML.
fn explain(message: &str, range: Range<usize>, text: &str, base: u32) -> Diagnostic {
    let written = text.get(range.clone()).unwrap_or_default();
    let span = shifted(range, base);
    if message.contains("recurs") {
        return Diagnostic::error("toml", "tables or lists stand too deep within one another")
            .at(span, "too deep");
    }
    if message.starts_with("invalid boolean") {
        return Diagnostic::error("toml", format!("`{written}` is no value"))
            .at(span, "not TOML")
            .help("a text stands in quotes: `\"…\"`");
    }
    Diagnostic::error("toml", message.to_owned()).at(span, "not TOML")
}

/// Parses one value, as it stands behind `=`; its places are nowhere.
pub(super) fn parse_value(text: &str) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut reader = Reader {
        text,
        base: 0,
        diagnostics: Diagnostics::new(),
    };
    let mut node = reader.node(&value, 1);
    forget(&mut node);
    (!reader.diagnostics.has_errors()).then_some(node)
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

/// Drops a tree level by level: of one too deep, a drop of the whole would overflow the stack.
fn take_apart(tree: DeTable<'_>) {
    let mut left = vec![DeValue::Table(tree)];
    while let Some(value) = left.pop() {
        match value {
            DeValue::Array(items) => left.extend(items.into_iter().map(TomlSpanned::into_inner)),
            DeValue::Table(table) => {
                left.extend(table.into_iter().map(|(_, value)| value.into_inner()));
            }
            _ => {}
        }
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

/// Turns the parser's tree into ours.
struct Reader<'a> {
    text: &'a str,
    base: u32,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Table {
        let mut entries: Vec<_> = table.iter().collect();
        // The parser sorts keys; a person reads them as written.
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut tree = Table::new();
        for (key, value) in entries {
            let value = self.node(value, depth);
            tree.insert(key.get_ref().clone(), shifted(key.span(), self.base), value);
        }
        tree
    }

    fn node(&mut self, value: &TomlSpanned<DeValue<'_>>, depth: usize) -> Node {
        let mut span = shifted(value.span(), self.base);
        let kind = match value.get_ref() {
            DeValue::String(text) => {
                span = shifted(tellable(self.text, value.span(), text), self.base);
                Kind::String(text.clone().into_owned())
            }
            DeValue::Integer(integer) => Kind::Integer(
                i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or_else(|_| {
                    self.refuse(span, "this number is out of range", "too large");
                    0
                }),
            ),
            DeValue::Float(float) => Kind::Float(float.as_str().parse().unwrap_or_else(|_| {
                self.refuse(span, "this number is out of range", "too large");
                0.0
            })),
            DeValue::Boolean(boolean) => Kind::Boolean(*boolean),
            DeValue::Datetime(datetime) => Kind::Datetime(datetime.to_string()),
            DeValue::Array(_) | DeValue::Table(_) if depth >= DEEPEST => {
                let what =
                    format!("tables and lists stand more than {DEEPEST} deep in one another");
                self.refuse(span, &what, "too deep");
                Kind::Table(Table::new())
            }
            DeValue::Array(items) => Kind::Array(
                items
                    .iter()
                    .map(|item| self.node(item, depth + 1))
                    .collect(),
            ),
            DeValue::Table(inner) => Kind::Table(self.table(inner, depth + 1)),
        };
        Node::new(kind, span)
    }

    fn refuse(&mut self, span: Span, what: &str, label: &str) {
        self.diagnostics
            .push(Diagnostic::error("toml", what).at(span, label));
    }
}

/// The range of a string, such that [`Span::part`] can tell by its length whether the text stands in it as it is: where
/// escapes make up the length that quotes would have, the last bytes are left out.
fn tellable(source: &str, range: Range<usize>, text: &str) -> Range<usize> {
    let raw = source.get(range.clone()).unwrap_or_default();
    let is_verbatim = ["\"\"\"", "'''", "\"", "'"].iter().any(|quotes| {
        let inner = raw
            .strip_prefix(quotes)
            .and_then(|raw| raw.strip_suffix(quotes));
        inner.is_some_and(|inner| {
            inner == text || (quotes.len() == 3 && inner.strip_prefix('\n') == Some(text))
        })
    });
    let mut range = range;
    while !is_verbatim
        && Span::QUOTES
            .iter()
            .any(|(more, _)| range.end == range.start + text.len() + more)
    {
        range.end -= 1;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(source: &str, word: &str) -> String {
        let mut map = SourceMap::new();
        let tree = parse("t.toml".into(), source, &mut map).unwrap();
        let node = tree.at(&["x"]).unwrap();
        let text = node.as_str().unwrap();
        let at = text.find(word).unwrap();
        let span = node.span.part(text, at..at + word.len());
        map.snippet(span).unwrap().to_owned()
    }

    #[test]
    fn a_part_of_a_string_is_found_whatever_its_quotes() {
        for source in [
            "x = 'é word'",
            "x = \"é word\"",
            "x = '''é word'''",
            "x = \"\"\"é word\"\"\"",
            "x = \"\"\"\nline\n word\"\"\"",
            "x = \"\"\"a \"word\"\"\"\"",
        ] {
            assert_eq!(part(source, "word"), "word", "{source}");
        }
    }

    #[test]
    fn where_escapes_shift_the_text_the_whole_string_is_shown() {
        for escapes in [
            "\\n",
            "\\n\\n\\n\\n",
            "\\u00e9",
            "\\U0001F600",
            "\\t\\t\\t\\t\\t",
            "\\\\",
        ] {
            let shown = part(&format!("x = \"{escapes} word\""), "word");
            assert!(shown.starts_with(&format!("\"{escapes} wo")), "{shown}");
        }
        assert!(part("x = \"\"\"\\n word\"\"\"", "word").starts_with("\"\"\"\\n wo"));
    }

    #[test]
    fn a_tree_too_deep_to_walk_is_refused() {
        let keys = vec!["a"; 79].join(".");
        let deep = format!(
            "{}z = 1{}",
            format!("{keys} = {{ ").repeat(79),
            "}".repeat(79)
        );
        for source in [
            deep.as_str(),
            &"[".repeat(100_000),
            &format!("x = {}", "[".repeat(70) + &"]".repeat(70)),
        ] {
            let faults = parse("t.toml".into(), source, &mut SourceMap::new()).unwrap_err();
            assert!(faults.errors() <= 2, "{faults:?}");
        }
        let shallow = format!("x = {}", "[".repeat(60) + &"]".repeat(60));
        assert!(parse("t.toml".into(), &shallow, &mut SourceMap::new()).is_ok());
    }
}
