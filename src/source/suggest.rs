//! The nearest of the names that would have been right: "did you mean".

/// The known name that is nearest to what was written, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    known
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| {
            *distance * 3 <= written.chars().count().max(name.chars().count())
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_mended_and_a_stranger_is_not() {
        let known = ["common_name", "country", "organization"];
        assert_eq!(nearest("comon_name", known), Some("common_name"));
        assert_eq!(nearest("Country", known), Some("country"));
        assert_eq!(nearest("passphrase", known), None);
    }
}
