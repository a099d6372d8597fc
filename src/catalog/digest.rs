//! The digests with which certificates are signed.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A digest of the SHA-2 family (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// All of them, shortest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in a spec: `sha256`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The length in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Sha256 => 256,
            Self::Sha384 => 384,
            Self::Sha512 => 512,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | '_'))
            .collect::<String>()
            .to_lowercase();
        if let Some(found) = Self::ALL.into_iter().find(|digest| digest.id() == plain) {
            return Ok(found);
        }
        if matches!(plain.as_str(), "sha1" | "md5" | "md4" | "md2" | "sha224") {
            return Err(format!(
                "`{text}` is too weak a digest for a certificate; use `sha256`, `sha384` or `sha512`"
            ));
        }
        Err(super::suggest::unknown(
            text,
            "digest",
            Self::ALL.iter().map(|digest| digest.id()),
        ))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_the_customary_spellings_and_weak_ones_are_called_weak() {
        assert_eq!("sha256".parse(), Ok(Digest::Sha256));
        assert_eq!("SHA-384".parse(), Ok(Digest::Sha384));
        assert!("sha1".parse::<Digest>().unwrap_err().contains("too weak"));
        assert!(
            "sha265"
                .parse::<Digest>()
                .unwrap_err()
                .contains("did you mean `sha256`?")
        );
    }
}
