//! One share of the work: leaves and keys dealt out by a stable hash of their ids, so that no share knows of another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hierarchy::{Entity, EntityKind};

use super::fingerprint::sha256;

/// A share, written `2/4`: the second of four. Each leaf and each key is in exactly one; CAs are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// All of it, as one share.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Its number, counted from 1.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many shares there are.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether an entity belongs to the share: a leaf or a key if the first eight octets of the SHA-256 of its id, as a
    /// number, give its index less one when they are divided by the number of shares.
    #[must_use]
    pub fn holds(self, entity: &Entity) -> bool {
        entity.kind == EntityKind::Ca || self.holds_id(&entity.id)
    }

    /// Whether a leaf or key of this id belongs to the share.
    #[must_use]
    pub fn holds_id(self, id: &str) -> bool {
        Self::dealt(id, self.of) == self.index
    }

    /// The number of the share, of so many, that a leaf or key of this id belongs to.
    #[must_use]
    pub fn dealt(id: &str, of: u32) -> u32 {
        let digest = sha256(id.as_bytes());
        let number = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, octet| (number << 8) | u64::from(*octet));
        let rest = number.checked_rem(u64::from(of)).unwrap_or(0);
        u32::try_from(rest).unwrap_or(0).saturating_add(1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no share; write `2/4` for the second of four");
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        let index: u32 = index.parse().map_err(|_| wrong())?;
        let of: u32 = of.parse().map_err(|_| wrong())?;
        if index == 0 || index > of {
            return Err(format!(
                "there is no share {index} of {of}; they are counted from 1"
            ));
        }
        Ok(Self { index, of })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_in_exactly_one_share() {
        let shares: Vec<Shard> = (1..=4)
            .map(|index| format!("{index}/4").parse().unwrap())
            .collect();
        let mut dealt = [0_usize; 4];
        for number in 0..1000 {
            let id = format!("device-{number}");
            let holders: Vec<usize> = (0..4).filter(|at| shares[*at].holds_id(&id)).collect();
            assert_eq!(holders.len(), 1, "{id}");
            dealt[holders[0]] += 1;
        }
        assert!(dealt.iter().all(|number| *number > 200), "{dealt:?}");
    }

    #[test]
    fn the_dealing_never_changes() {
        // The first eight octets of SHA-256("device-1"), by sha256sum: 03204de92e11fc8c.
        let first: Shard = "1/4".parse().unwrap();
        assert!(first.holds_id("device-1"));
    }

    #[test]
    fn what_is_no_share_is_said() {
        for text in ["", "2", "0/4", "5/4", "a/b", "1/0", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("2/4".parse::<Shard>().unwrap().to_string(), "2/4");
    }
}
