//! The sentence for a name that the catalog does not know, with the nearest one that it does.

/// "`x` is no key algorithm; did you mean `y`?", or the whole list when nothing is near.
pub(crate) fn unknown<'a>(
    text: &str,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let nearest = known
        .clone()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3));
    match nearest {
        Some((_, name)) => format!("`{text}` is no {what}; did you mean `{name}`?"),
        None => {
            let list: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            format!("`{text}` is no {what}; known are {}", list.join(", "))
        }
    }
}
