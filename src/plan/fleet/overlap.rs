//! What no two entities may share, of whatever packs: ids that are one but for case, public keys.

use std::collections::{BTreeMap, BTreeSet};

use super::members::MemberIds;
use crate::store::{Pack, StoreError};

/// Two entities that share what is each one's own.
#[derive(Debug)]
pub(crate) struct Overlap {
    pub(crate) one: String,
    pub(crate) other: String,
    /// What it is, in words.
    pub(crate) what: &'static str,
}

/// The first two that share something, among the members of these packs and what lies beside them. Of each eight octets
/// are kept, and a second walk names them: however many there are, they fit in memory.
pub(crate) fn overlap(
    packs: &[&Pack],
    loose: &[(&str, [u8; 32])],
) -> Result<Option<Overlap>, StoreError> {
    let (mut ids, mut keys) = (MemberIds::default(), MemberIds::default());
    walk(packs, loose, |id, key| {
        ids.add(id);
        keys.add_octets(key);
    })?;
    ids.sort();
    keys.sort();
    let ids: BTreeSet<u64> = ids.twice().collect();
    let keys: BTreeSet<u64> = keys.twice().collect();
    if ids.is_empty() && keys.is_empty() {
        return Ok(None);
    }
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut found = None;
    walk(packs, loose, |id, key| {
        let suspects = [
            (
                ids.contains(&MemberIds::print(id)),
                id.to_lowercase(),
                "id but for case",
            ),
            (
                keys.contains(&MemberIds::print_octets(key)),
                data_encoding::HEXLOWER.encode(key),
                "public key",
            ),
        ];
        for (_, value, what) in suspects.into_iter().filter(|(is_suspect, ..)| *is_suspect) {
            if let Some(other) = seen.insert(format!("{what} {value}"), id.to_owned()) {
                found.get_or_insert(Overlap {
                    one: other,
                    other: id.to_owned(),
                    what,
                });
            }
        }
    })?;
    Ok(found)
}

fn walk(
    packs: &[&Pack],
    loose: &[(&str, [u8; 32])],
    mut each: impl FnMut(&str, &[u8; 32]),
) -> Result<(), StoreError> {
    for pack in packs {
        pack.identities(&mut each)?;
    }
    for (id, key) in loose {
        each(id, key);
    }
    Ok(())
}
