//! What the lock says of a packed fleet: one line, whatever its size.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::hex;

/// A pack as it was when a run ended. What its members were made from stands in the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PackLock {
    /// Its file, relative to the store.
    pub pack: Utf8PathBuf,
    /// The name of its fleet.
    pub fleet: String,
    /// How many members it has.
    pub members: u64,
    /// SHA-256 over its members, as [`Pack::digest`](super::Pack::digest) has it.
    #[serde(with = "hex")]
    pub sha256: [u8; 32],
    /// The fingerprint of the seed from which its keys were derived; none for random keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
}

impl PackLock {
    /// The share that it holds, as `2/4`; none for a whole fleet.
    #[must_use]
    pub fn shard(&self) -> Option<String> {
        shard_of(&self.pack, &self.fleet)
    }
}

/// The share, as `2/4`, that a pack's file name says it holds of a fleet.
pub(super) fn shard_of(file: &Utf8Path, fleet: &str) -> Option<String> {
    let name = file.file_stem()?.strip_prefix(fleet)?.strip_prefix('.')?;
    let (index, of) = name.split_once("-of-")?;
    Some(format!("{index}/{of}"))
}

/// Whether a line of a lock is a pack's. No line of an entity has that text: JSON escapes the quotes within a string.
pub(super) fn is_pack(line: &str) -> bool {
    line.contains("\"pack\":")
}

/// Takes a line up. Of two that differ, as a merge of two branches leaves them, neither is right: the pack is then
/// read again.
pub(super) fn take(packs: &mut BTreeMap<Utf8PathBuf, PackLock>, mut line: PackLock) {
    if packs.get(&line.pack).is_some_and(|other| *other != line) {
        line.sha256 = [0; 32];
    }
    packs.insert(line.pack.clone(), line);
}
