//! The ids of a fleet's members, eight octets each: however long a fleet is, they fit in memory.

use sha2::{Digest as _, Sha256};

/// Prints of ids. Two ids that are the same but for case have one.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemberIds(Vec<u64>);

impl MemberIds {
    /// Takes an id in.
    pub(crate) fn add(&mut self, id: &str) {
        self.0.push(print(id));
    }

    /// Takes a digest in instead of an id.
    pub(crate) fn add_octets(&mut self, digest: &[u8; 32]) {
        self.0.push(Self::print_octets(digest));
    }

    /// The print of an id.
    pub(crate) fn print(id: &str) -> u64 {
        print(id)
    }

    /// The print of a digest.
    pub(crate) fn print_octets(digest: &[u8; 32]) -> u64 {
        digest
            .iter()
            .take(8)
            .fold(0, |number, octet| (number << 8) | u64::from(*octet))
    }

    /// Takes in all that another has.
    pub(crate) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether nothing was taken in.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts them in order, for [`Self::has`].
    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// Whether an id is among them; they have been put in order.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.has_print(print(id))
    }

    pub(super) fn has_print(&self, print: u64) -> bool {
        self.0.binary_search(&print).is_ok()
    }

    /// The prints that stand twice; they have been put in order.
    pub(crate) fn twice(&self) -> impl Iterator<Item = u64> {
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs.filter(|(one, next)| one == next).map(|(one, _)| *one)
    }
}

/// The first eight octets of the digest of an id in lower case.
pub(super) fn print(id: &str) -> u64 {
    let digest: [u8; 32] = if id
        .bytes()
        .any(|octet| octet.is_ascii_uppercase() || octet >= 0x80)
    {
        Sha256::digest(id.to_lowercase()).into()
    } else {
        Sha256::digest(id).into()
    };
    MemberIds::print_octets(&digest)
}
