//! The sentence for a name that the catalog does not know, with the nearest one that it does.

use crate::source::nearest;

/// "`x` is no key algorithm; did you mean `y`?", or the whole list when nothing is near.
pub(crate) fn unknown<'a>(
    text: &str,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    if let Some(name) = nearest(text, known.clone()) {
        return format!("`{text}` is no {what}; did you mean `{name}`?");
    }
    let list: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    format!("`{text}` is no {what}; known are {}", list.join(", "))
}
