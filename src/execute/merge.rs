//! The shares that several machines made, joined in one store: nothing twice, nothing missing, the CAs the same.

mod loose;
mod shares;

use std::sync::atomic::AtomicUsize;

use camino::{Utf8Path, Utf8PathBuf};

use crate::hierarchy::Hierarchy;
use crate::source::Diagnostic;
use crate::store::{Header, Owner, Pack, PackLock, State, Store};

use super::ExecuteError;

/// Where shares lie: the store of a machine.
#[derive(Debug)]
pub struct Source {
    /// What it holds.
    pub state: State,
    /// Its folder, for messages.
    pub dir: Utf8PathBuf,
}

/// What a merge has come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// The packed fleets that were joined.
    pub packs: Vec<MergedPack>,
    /// The leaves and keys with files of their own that were taken over.
    pub loose: usize,
}

/// A packed fleet that was joined.
#[derive(Debug, PartialEq, Eq)]
pub struct MergedPack {
    /// The fleet's name.
    pub fleet: String,
    /// The whole pack.
    pub pack: Utf8PathBuf,
    /// How many shares it is made of.
    pub shares: usize,
    /// How many members it has.
    pub members: u64,
}

/// Joins the shares of every packed fleet in the store, and takes over what else the sources have: leaves and keys with
/// files of their own, archived keys, the ledger. Nothing that has a name changes before all is checked; the sources are
/// only read, but for shares that lie in the store itself, which the whole pack takes the place of. Run again after it
/// was cut off, it goes on. `walked` counts the members that are joined, for who watches.
///
/// # Errors
/// [`ExecuteError::Refused`] where shares are missing or doubled, or two stores have different keys or certificates of
/// the same name; else what the disk refused.
pub fn merge(
    hierarchy: &Hierarchy,
    sources: &[Source],
    store: &mut Store,
    dir: &Utf8Path,
    walked: &AtomicUsize,
) -> Result<Merged, ExecuteError> {
    let state = State::read(dir)?;
    let found = loose::gather(hierarchy, sources, &state).map_err(ExecuteError::Refused)?;
    let mut unfinished = Vec::new();
    let joined = shares::join_all(
        hierarchy,
        sources,
        dir,
        &found.identities(hierarchy),
        &mut unfinished,
        walked,
    );
    let done = joined.and_then(|packs| {
        let of = packs.iter().find_map(|pack| pack.of);
        found
            .complete(hierarchy, of)
            .map_err(|fault| ExecuteError::Refused(fault.into()))?;
        if packs.is_empty() && found.entities() == 0 && !is_whole(hierarchy, &state) {
            return Err(ExecuteError::Refused(
                Diagnostic::error(
                    "merge",
                    "there is no share of a packed fleet in these stores, and nothing else to take over",
                )
                .help("`pkiform apply --shard 1/4` makes the first of four")
                .into(),
            ));
        }
        loose::bring(hierarchy, &found, store)?;
        finish(hierarchy, &state, found, packs, store)
    });
    if done.is_err() {
        for path in unfinished {
            Pack::discard(&path)?;
        }
    }
    done
}

/// Gives the joined packs their names, and writes the lock.
fn finish(
    hierarchy: &Hierarchy,
    state: &State,
    found: loose::Found<'_>,
    joined: Vec<shares::Joined>,
    store: &mut Store,
) -> Result<Merged, ExecuteError> {
    let mut lines: Vec<PackLock> = state.packs().cloned().collect();
    let mut merged = Merged {
        packs: Vec::new(),
        loose: found.entities(),
    };
    for one in joined {
        let fleet = one.owner.fleet.clone();
        let mut pack = Pack::rename(&one.unfinished, &one.place, &one.owner)?;
        pack.fill(one.table)?;
        pack.write_volumes(&one.owner, &mut |_, _| true)?;
        let line = pack.line(&fleet, one.seed)?;
        store.note_pack(&line);
        merged.packs.push(MergedPack {
            pack: one.place,
            shares: one.shares,
            members: line.members,
            fleet: fleet.clone(),
        });
        lines.retain(|known| known.fleet != fleet);
        lines.push(line);
    }
    lines.sort_by(|a, b| a.pack.cmp(&b.pack));
    let header = Header {
        spec: hierarchy.name().to_owned(),
        env: hierarchy.env().map(str::to_owned),
    };
    let ledger = found.ledger();
    store.finish(&header, found.into_entries(), &lines, &ledger)?;
    take_away_shares(hierarchy, state.dir())?;
    Ok(merged)
}

/// Whether the store has every packed fleet whole already.
fn is_whole(hierarchy: &Hierarchy, state: &State) -> bool {
    let mut fleets = hierarchy.fleets().iter().peekable();
    fleets.peek().is_some()
        && fleets.all(|fleet| {
            let whole = Owner::of(hierarchy, fleet, None).file();
            state.pack_line(&whole).is_some()
        })
}

/// Takes away what the whole packs took the place of: shares in the store itself that the lock no longer knows, if the whole
/// has every member of theirs as they have it.
fn take_away_shares(hierarchy: &Hierarchy, dir: &Utf8Path) -> Result<(), ExecuteError> {
    let state = State::read(dir)?;
    for fleet in hierarchy.fleets() {
        let owner = Owner::of(hierarchy, fleet, None);
        let Some(whole) = state.pack(&owner)? else {
            continue;
        };
        if state.pack_line(&owner.file()).is_none() {
            continue;
        }
        for owner in state.unknown_shares(hierarchy, fleet) {
            let place = dir.join(owner.file());
            let Some(mut share) = Pack::open(&place, &owner)? else {
                continue;
            };
            if whole.has_all_of(&share)? {
                // Its archives go with it.
                share.write_volumes(&owner, &mut |_, _| true)?;
                drop(share);
                Pack::discard(&place)?;
            }
        }
    }
    Ok(())
}
