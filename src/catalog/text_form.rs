//! Types that are one word of a spec: read from text by serde and by templates alike, with a schema.

use std::fmt;
use std::str::FromStr;

use der::oid::ObjectIdentifier;

use super::{Artifact, Digest, KeyAlgorithm};

/// Implements `Deserialize` through `FromStr`, and `JsonSchema` with what the expression gives.
macro_rules! text_form {
    ($type:ident, $schema:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }

        crate::catalog::text_form::from_text!($type);
    };
}

/// Implements [`FromText`](crate::template::FromText) through `FromStr`.
macro_rules! from_text {
    ($($type:ident),*) => {
        $(impl crate::template::FromText for $type {
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse()
            }
        })*
    };
}

pub(crate) use {from_text, text_form};

from_text!(KeyAlgorithm, Digest, Artifact);

/// An object identifier in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub ObjectIdentifier);

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Oid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ObjectIdentifier::new(text).map(Self).map_err(|_| {
            format!("`{text}` is no object identifier; one is written in numbers and dots, as `1.3.6.1.4.1.99999.1`")
        })
    }
}

text_form!(
    Oid,
    schemars::json_schema!({
        "description": "An object identifier in dots.",
        "type": "string",
        "pattern": r"^[0-2](\.[0-9]+)+$",
    })
);

/// Octets as a spec writes them: `hex:0500` (blanks and colons allowed) or `base64:BQA=`.
///
/// The prefix is the spec's own: it is taken off before what follows is rendered, by [`Encoding::split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `hex:`
    Hex,
    /// `base64:`
    Base64,
}

impl Encoding {
    /// The encoding that a text's prefix names, and what follows.
    #[must_use]
    pub fn split(text: &str) -> Option<(Self, &str)> {
        if let Some(rest) = text.strip_prefix("hex:") {
            return Some((Self::Hex, rest));
        }
        text.strip_prefix("base64:")
            .map(|rest| (Self::Base64, rest))
    }

    /// The octets of a text without its prefix.
    ///
    /// # Errors
    /// The text is not of this encoding.
    pub fn decode(self, text: &str) -> Result<Vec<u8>, String> {
        let kept = |c: &char| !c.is_ascii_whitespace() && (self == Self::Base64 || *c != ':');
        let text: String = text.chars().filter(kept).collect();
        let (encoding, name) = match self {
            Self::Hex => (&data_encoding::HEXLOWER_PERMISSIVE, "hexadecimal"),
            Self::Base64 => (&data_encoding::BASE64, "base64"),
        };
        encoding
            .decode(text.as_bytes())
            .map_err(|error| format!("`{text}` is no {name}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FromText;

    #[test]
    fn octets_are_read_in_both_encodings() {
        let read = |text| Encoding::split(text).map(|(encoding, rest)| encoding.decode(rest));
        assert_eq!(read("hex:05:00 aB"), Some(Ok(vec![5, 0, 0xab])));
        assert_eq!(read("base64:BQA="), Some(Ok(vec![5, 0])));
        assert!(matches!(read("hex:050"), Some(Err(_))));
        assert_eq!(read("0500"), None);
    }

    #[test]
    fn object_identifiers_are_checked() {
        assert!("1.3.6.1".parse::<Oid>().is_ok());
        for wrong in ["", "1", "3.1", "1..2", "1.3.x", "a"] {
            assert!(wrong.parse::<Oid>().is_err(), "{wrong}");
            assert!(Oid::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
