//! The kinds of entity that a spec declares, and what is a name for one.

/// What an entity ends as.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// A certification authority.
    Ca,
    /// An end entity.
    Leaf,
    /// A key pair alone.
    Key,
}

impl EntityKind {
    /// The word of the spec: `ca`, `leaf` or `key`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Leaf => "leaf",
            Self::Key => "key",
        }
    }
}

/// Whether a text may name an entity or a spec: it becomes a file's name on every system.
///
/// # Errors
/// What is wrong with it, to follow after the name.
pub fn check_name(name: &str) -> Result<(), String> {
    /// Names that Windows keeps for devices, whatever their ending.
    const RESERVED: &[&str] = &[
        "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
        "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ];
    const ADVICE: &str =
        "letters, digits, `.`, `_`, `-`, `@` and `+` may stand in a name, a letter or digit first";
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if name.is_empty() {
        Err("is empty".to_owned())
    } else if name.len() > 200 {
        Err("is longer than 200 characters".to_owned())
    } else if !name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_') {
        Err(format!("does not begin with a letter or digit; {ADVICE}"))
    } else if let Some(wrong) = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"._-@+".contains(*c))
    {
        Err(format!(
            "has `{}`, which is no character of a file's name; {ADVICE}",
            wrong.escape_default()
        ))
    } else if name.ends_with('.') {
        Err("ends with a dot, which Windows drops".to_owned())
    } else if RESERVED.contains(&stem.as_str()) {
        Err("is a device's name on Windows".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_are_safe_as_file_names_everywhere() {
        for good in ["root", "device-7", "www.example.com", "a@b", "_x", "7"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in [
            "", "../x", "a/b", ".hidden", "-x", "a.", "nul", "Con.txt", "a b", "ü", "a\nb",
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
