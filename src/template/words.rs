//! The words of a template's tags, each with its place: for bounds that hold before a template is parsed, and for
//! pointing at the one word that is wrong.

use std::ops::Range;

/// A name, a number, a string or a sign within `{{ … }}` or `{% … %}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// As written; of a string: with its quotes.
    pub(super) text: &'a str,
    /// Where it stands in the template.
    pub(super) range: Range<usize>,
    /// How many brackets are open around it.
    pub(super) depth: usize,
}

impl Word<'_> {
    /// Whether it may be the name of something.
    pub(super) fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// All words of a template. What is not closed goes on to the end.
pub(super) fn words(template: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut place = 0;
    while let Some(open) = rest(template, place).find('{') {
        place += open;
        let inside = rest(template, place);
        if inside.starts_with("{#") {
            place += inside.find("#}").map_or(inside.len(), |end| end + 2);
        } else if inside.starts_with("{{") {
            place = tag(template, place + 2, "}}", &mut words);
        } else if let Some(raw) = bare_tag(inside, "raw") {
            place += raw;
            // Nothing within is a tag, nor a string that could hide one from this walk.
            while let Some(end) = rest(template, place).find("{%") {
                place += end;
                match bare_tag(rest(template, place), "endraw") {
                    Some(endraw) => {
                        place += endraw;
                        break;
                    }
                    None => place += 2,
                }
            }
        } else if inside.starts_with("{%") {
            place = tag(template, place + 2, "%}", &mut words);
        } else {
            place += 1;
        }
    }
    words
}

/// The length of a tag that is this name alone, if the text begins with one.
fn bare_tag(text: &str, name: &str) -> Option<usize> {
    let inside = text.strip_prefix("{%")?;
    let behind = inside
        .trim_start_matches(['-', '+'])
        .trim_ascii_start()
        .strip_prefix(name)?
        .trim_ascii_start()
        .trim_start_matches(['-', '+'])
        .strip_prefix("%}")?;
    Some(text.len() - behind.len())
}

/// Takes the words of one tag; gives the place behind it.
fn tag<'a>(template: &'a str, from: usize, close: &str, words: &mut Vec<Word<'a>>) -> usize {
    let mut place = from;
    let mut depth = 0usize;
    while let Some(first) = rest(template, place).chars().next() {
        let here = rest(template, place);
        if depth == 0 && here.starts_with(close) {
            return place + close.len();
        }
        let length = match first {
            '"' | '\'' => string_length(here, first),
            c if is_part_of_name(c) => here.find(|c| !is_part_of_name(c)).unwrap_or(here.len()),
            c => c.len_utf8(),
        };
        if matches!(first, ')' | ']' | '}') {
            depth = depth.saturating_sub(1);
        }
        if !first.is_whitespace() {
            let range = place..place + length;
            let text = template.get(range.clone()).unwrap_or_default();
            words.push(Word { text, range, depth });
        }
        if matches!(first, '(' | '[' | '{') {
            depth += 1;
        }
        place += length;
    }
    place
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a string with its quotes.
fn string_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(template: &str) -> Vec<&str> {
        words(template).iter().map(|word| word.text).collect()
    }

    #[test]
    fn only_tags_have_words() {
        assert_eq!(
            texts("a {{ b.c|d('}}', 1) }} {# e #}{% if f %}g"),
            [
                "b", ".", "c", "|", "d", "(", "'}}'", ",", "1", ")", "if", "f"
            ]
        );
        assert_eq!(texts("{{ {1:{2:3}} }}x{{ y }}").last(), Some(&"y"));
        assert_eq!(texts("{ a { {{ 'é\\'' ~ ü"), ["'é\\''", "~", "ü"]);
        assert_eq!(texts("{{"), Vec::<&str>::new());
        assert_eq!(
            texts("{%- raw %}{{ '{% x %}{#{%+ endraw -%}{{ y }}{# ' #}"),
            ["y"]
        );
    }

    #[test]
    fn words_know_their_place_and_depth() {
        let template = "x {{ f([a]) }}";
        let words = words(template);
        let a = words.iter().find(|word| word.text == "a").unwrap();
        assert_eq!((a.range.clone(), a.depth), (8..9, 2));
        assert!(
            words
                .iter()
                .all(|word| template.get(word.range.clone()) == Some(word.text))
        );
    }
}
