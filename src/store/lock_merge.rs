//! Two lines of a lock for one CA, which a merge of branches that each revoked something leaves: made one, so that
//! neither's revocations are lost.

use super::{CrlLock, LockEntry};

/// The files of a CRL, which are those of one branch.
const LISTS: [&str; 2] = ["crl", "crl-der"];

/// One line of two that differ in their CRLs alone; the files of the CRL are left out, so that it is issued anew.
#[must_use]
pub fn merged_lines(one: &LockEntry, other: &LockEntry) -> Option<LockEntry> {
    let (Some(first), Some(second)) = (&one.crl, &other.crl) else {
        return None;
    };
    let (mut merged, rest) = (without_lists(one), without_lists(other));
    if merged != rest {
        return None;
    }
    let (later, earlier) = if first.number >= second.number {
        (first, second)
    } else {
        (second, first)
    };
    merged.crl = Some(joined(later, earlier));
    Some(merged)
}

fn without_lists(entry: &LockEntry) -> LockEntry {
    let mut entry = entry.clone();
    entry.crl = None;
    entry
        .files
        .retain(|artifact, _| !LISTS.contains(&artifact.as_str()));
    entry
}

/// The later list and what only the earlier one has; where both list a certificate, the later says why.
fn joined(later: &CrlLock, earlier: &CrlLock) -> CrlLock {
    let mut joined = later.clone();
    for entry in &earlier.entries {
        if !later.entries.iter().any(|one| one.serial == entry.serial) {
            joined.listed = joined.listed.saturating_add(1);
            joined.entries.push(entry.clone());
        }
    }
    joined.listed = joined.listed.max(earlier.listed);
    joined
        .entries
        .sort_by(|a, b| (a.date, &a.serial).cmp(&(b.date, &b.serial)));
    joined
}
