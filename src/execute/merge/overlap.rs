//! What no two entities may share and no share could see of another: ids that are one but for case, public keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::MemberIds;
use crate::source::Diagnostic;
use crate::store::{Pack, StoreError};

/// The first two that share something, among the members of these packs and what lies beside them. Of each eight octets
/// are kept, and a second walk names them: however many there are, they fit in memory.
pub(super) fn overlap(
    packs: &[Pack],
    loose: &[(&str, [u8; 32])],
) -> Result<Option<Diagnostic>, StoreError> {
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
                found.get_or_insert((other, id.to_owned(), what));
            }
        }
    })?;
    Ok(found.map(|(one, other, what)| {
        Diagnostic::error("merge", format!("`{one}` and `{other}` have the same {what}")).help(
            "no share could see it of another: mend the rows, and run the shares that have these two again",
        )
    }))
}

fn walk(
    packs: &[Pack],
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
