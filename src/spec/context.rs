//! Which keys may stand in which table: a leaf has no depth, defaults have no issuer.

use crate::source::{Diagnostic, Diagnostics, Node, nearest};

/// A kind of table that an [`EntityTable`](super::EntityTable) reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// `[ca.…]`
    Ca,
    /// `[leaf.…]`
    Leaf,
    /// `[key.…]`
    Key,
    /// `[defaults]`
    Defaults,
    /// `[defaults.ca]`
    DefaultsCa,
    /// `[defaults.leaf]`
    DefaultsLeaf,
    /// `[profile.…]`
    Profile,
}

/// What may be inherited: it stands in entities, defaults and profiles alike.
const INHERITED: &[&str] = &[
    "subject",
    "key",
    "digest",
    "validity",
    "not_before",
    "not_after",
    "backdate",
    "renew_before",
    "renew",
    "san",
    "extensions",
    "outputs",
    "passphrase",
    "pkcs12",
    "key_encryption",
    "keep_key",
    "mode",
    "group",
    "deploy_dir",
    "connect_to",
    "trust",
    "allow",
];

impl Context {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Ca,
        Self::Leaf,
        Self::Key,
        Self::Defaults,
        Self::DefaultsCa,
        Self::DefaultsLeaf,
        Self::Profile,
    ];

    /// What such a table is called in a message.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Ca => "a ca",
            Self::Leaf => "a leaf",
            Self::Key => "a key",
            Self::Defaults => "[defaults]",
            Self::DefaultsCa => "[defaults.ca]",
            Self::DefaultsLeaf => "[defaults.leaf]",
            Self::Profile => "a profile",
        }
    }

    /// The keys that it may have.
    #[must_use]
    pub fn keys(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::Ca => &[
                "issuer",
                "profile",
                "when",
                "depth",
                "count",
                "for_each",
                "id",
                "external",
                "generation",
                "path_length",
                "revoked",
                "crl",
            ],
            Self::Leaf => &[
                "issuer",
                "profile",
                "when",
                "count",
                "for_each",
                "id",
                "pack",
                "public_key",
                "csr",
                "generation",
                "revoked",
            ],
            Self::Key => {
                return vec![
                    "when",
                    "count",
                    "for_each",
                    "id",
                    "key",
                    "outputs",
                    "key_encryption",
                    "keep_key",
                    "generation",
                    "mode",
                    "group",
                    "allow",
                ];
            }
            Self::Defaults => &["profile", "ca", "leaf"],
            Self::DefaultsCa => &["profile", "path_length", "crl"],
            Self::DefaultsLeaf => &["profile", "issuer"],
            Self::Profile => &["extends", "issuer", "path_length", "crl"],
        };
        own.iter().chain(INHERITED).copied().collect()
    }

    /// Reports and takes away the keys that this table may not have, so that the rest can be read.
    pub fn check(self, table: &mut Node, diagnostics: &mut Diagnostics) {
        let Some(table) = table.as_table_mut() else {
            return;
        };
        let known = self.keys();
        let strangers: Vec<(String, crate::source::Span)> = table
            .iter()
            .filter(|(key, ..)| !known.contains(key))
            .map(|(key, span, _)| (key.to_owned(), span))
            .collect();
        for (key, span) in strangers {
            table.remove(&key);
            let message = format!("`{key}` is no key of {}", self.noun());
            let diagnostic = Diagnostic::error("unknown-key", message);
            diagnostics.push(match (nearest(&key, known.iter().copied()), self) {
                (Some(near), _) => diagnostic.at(span, format!("did you mean `{near}`?")),
                (None, Self::Leaf) if key == "path_length" => diagnostic
                    .at(span, "a leaf carries no path length")
                    .note(
                        "RFC 5280 §4.2.1.9: pathLenConstraint has a meaning only where cA is true",
                    )
                    .help("take it away"),
                (None, Self::Leaf) if key == "depth" => diagnostic
                    .at(span, "a leaf issues nothing")
                    .help("`count` makes many leaves; `depth` nests CAs and belongs to a `ca`"),
                (None, _) => diagnostic
                    .at(span, "unknown")
                    .help(format!("known are: {}", known.join(", "))),
            });
        }
    }
}
