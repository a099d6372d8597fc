//! What the stores of a merge have beside packs: CAs, leaves and keys with files of their own, archives, ledgers.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use zeroize::Zeroizing;

use crate::execute::ExecuteError;
use crate::execute::work::is_secret;
use crate::hierarchy::{Entity, EntityKind, Hierarchy};
use crate::plan::Shard;
use crate::source::{Diagnostic, Diagnostics};
use crate::store::{
    Durability, LedgerEntry, LockEntry, NewFile, State, Store, StoreError, merged_lines,
};

use super::Source;

/// What the stores know, held against each other.
pub(super) struct Found<'a> {
    known: BTreeMap<&'a str, Known<'a>>,
    sources: Vec<&'a Source>,
}

struct Known<'a> {
    entry: LockEntry,
    /// The stores that have it, the one that is merged into first.
    holders: Vec<&'a State>,
    is_there: bool,
}

impl Known<'_> {
    /// Takes in another store's line of the same entity. Each share's list has what that share knew: where neither has
    /// all, the next is issued anew.
    fn join(&mut self, entry: &LockEntry) {
        let Some(merged) = merged_lines(&self.entry, entry) else {
            return;
        };
        if merged.crl == self.entry.crl {
            return;
        }
        self.entry = if merged.crl == entry.crl && !self.is_there {
            entry.clone()
        } else {
            merged
        };
    }
}

impl Found<'_> {
    /// How many leaves and keys the store lacks yet.
    pub(super) fn entities(&self) -> usize {
        let new = self.known.values().filter(|known| !known.is_there);
        new.filter(|known| known.entry.kind != EntityKind::Ca)
            .count()
    }

    /// The ids of leaves and keys that the spec has beside packs, with the digests of their public keys.
    pub(super) fn identities(&self, hierarchy: &Hierarchy) -> Vec<(&str, [u8; 32])> {
        let entries = self.known.values().map(|known| &known.entry);
        let is_meant =
            |entry: &&LockEntry| entry.kind != EntityKind::Ca && hierarchy.get(&entry.id).is_some();
        let entries = entries.filter(is_meant);
        entries
            .map(|entry| (entry.id.as_str(), entry.public_key))
            .collect()
    }

    /// The leaves and keys of the spec that no store has, where shares of `of` were dealt.
    pub(super) fn complete(
        &self,
        hierarchy: &Hierarchy,
        of: Option<u32>,
    ) -> Result<(), Diagnostic> {
        let is_meant = |entity: &&Entity| !entity.is_ca() && entity.external.is_none();
        let missing: Vec<&Entity> = hierarchy
            .entities()
            .map(AsRef::as_ref)
            .filter(is_meant)
            .filter(|entity| !self.known.contains_key(entity.id.as_str()))
            .collect();
        let Some(first) = missing.first() else {
            return Ok(());
        };
        let more = match missing.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let fault = Diagnostic::error(
            "merge",
            format!("`{}`{more} {verb} in none of the stores", first.id),
        )
        .at(first.span, "declared here");
        Err(match of {
            Some(of) => {
                let shares: BTreeSet<u32> = missing
                    .iter()
                    .map(|entity| Shard::dealt(&entity.id, of))
                    .collect();
                let shares: Vec<String> =
                    shares.iter().map(|share| format!("{share}/{of}")).collect();
                fault.help(format!(
                    "name the stores that have the shares {}",
                    shares.join(", ")
                ))
            }
            None => fault.help("name the stores of all shares"),
        })
    }

    /// Every certificate that the sources ever issued beside packs.
    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        let ledgers = self.sources.iter().map(|source| source.state.ledger());
        ledgers.flatten().cloned().collect()
    }

    /// The lines that the lock shall have.
    pub(super) fn into_entries(self) -> Vec<LockEntry> {
        self.known.into_values().map(|known| known.entry).collect()
    }
}

/// Looks at every line of the locks of `sources`, and of the store that they are merged into.
///
/// # Errors
/// Two stores have another key or certificate under one id.
pub(super) fn gather<'a>(
    hierarchy: &Hierarchy,
    sources: &'a [Source],
    state: &'a State,
) -> Result<Found<'a>, Diagnostics> {
    let mut faults: Vec<(&str, Diagnostic)> = Vec::new();
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    let sources: Vec<&Source> = sources
        .iter()
        .filter(|source| source.dir != state.dir())
        .collect();
    let others = sources.iter().map(|source| &source.state);
    for (number, from) in std::iter::once(state).chain(others).enumerate() {
        for id in from.locked_ids() {
            let Some(entry) = from.locked(id) else {
                continue;
            };
            let Some(other) = known.get_mut(id) else {
                known.insert(
                    id,
                    Known {
                        entry: entry.clone(),
                        holders: vec![from],
                        is_there: number == 0,
                    },
                );
                continue;
            };
            if (&other.entry.serial, other.entry.public_key) == (&entry.serial, entry.public_key) {
                other.join(entry);
                other.holders.push(from);
            } else if let Some(first) = other.holders.first() {
                faults.push((id, differ(hierarchy, entry, first.dir(), from.dir())));
            }
        }
    }
    if !faults.is_empty() {
        // As they stand in the spec: what differs below a CA follows from it.
        let ids = hierarchy.entities().map(|entity| entity.id.as_str());
        let order: BTreeMap<&str, usize> = ids.zip(0..).collect();
        faults.sort_by_key(|(id, _)| order.get(id).copied());
        let mut found = Diagnostics::new();
        for (_, fault) in faults {
            found.push(fault);
        }
        return Err(found);
    }
    Ok(Found { known, sources })
}

fn differ(
    hierarchy: &Hierarchy,
    entry: &LockEntry,
    one: &Utf8Path,
    other: &Utf8Path,
) -> Diagnostic {
    let id = &entry.id;
    let (what, help) = match entry.kind {
        EntityKind::Ca => (
            format!("the CA `{id}` of {other} is another than that of {one}"),
            "let every machine begin with the same CAs, or derive them from one seed",
        ),
        _ => (
            format!("`{id}` of {other} is another than that of {one}"),
            "merge shares of one dealing, which have nothing in common but their CAs",
        ),
    };
    let fault = Diagnostic::error("merge", what).help(help);
    match hierarchy.get(id) {
        Some(entity) => fault.at(entity.span, "declared here"),
        None => fault,
    }
}

/// Writes what the store lacks: files as they are in a store that has them, and archived keys.
///
/// # Errors
/// A file can't be read or written.
pub(super) fn bring(
    hierarchy: &Hierarchy,
    found: &Found<'_>,
    store: &mut Store,
) -> Result<(), ExecuteError> {
    for (id, known) in found.known.iter().filter(|(_, known)| !known.is_there) {
        let entity = hierarchy.get(id);
        let mut contents = Vec::new();
        for (artifact, file) in &known.entry.files {
            if let Some(content) = content(known, artifact)? {
                contents.push((artifact, &file.path, content));
            }
        }
        let files: Vec<NewFile<'_>> = contents
            .iter()
            .map(|(artifact, path, content)| {
                let output = entity
                    .and_then(|entity| entity.outputs.iter().find(|output| output.path == **path));
                let is_secret = is_secret(artifact);
                NewFile {
                    path,
                    bytes: content,
                    mode: output
                        .map_or(if is_secret { 0o600 } else { 0o644 }, |output| output.mode),
                    group: output.and_then(|output| output.group.as_deref()),
                    durability: if is_secret {
                        Durability::Synced
                    } else {
                        Durability::Batched
                    },
                    private_key: matches!(artifact.as_str(), "key" | "key-der")
                        .then_some(known.entry.public_key),
                }
            })
            .collect();
        if !files.is_empty() {
            store.put_entity(id, &files)?;
        }
    }
    for source in &found.sources {
        store.take_archive(&source.dir)?;
    }
    Ok(())
}

/// A file of the first store that has it: a machine without a CA's key has its certificate alone.
fn content(known: &Known<'_>, artifact: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let wanted = known.entry.files.get(artifact);
    for holder in &known.holders {
        let file = holder
            .locked(&known.entry.id)
            .and_then(|entry| entry.files.get(artifact));
        if let Some(file) = file
            && wanted.is_some_and(|wanted| wanted.sha256 == file.sha256)
            && let Some(content) = holder.read_file(&file.path)?
        {
            return Ok(Some(Zeroizing::new(content)));
        }
    }
    Ok(None)
}
