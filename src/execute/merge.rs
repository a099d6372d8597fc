//! The shares of a packed fleet, made by several machines, joined to one pack: nothing twice, nothing missing, the CAs
//! the same.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::hierarchy::{Fleet, Hierarchy};
use crate::plan::{MemberIds, Shard};
use crate::source::{Diagnostic, Diagnostics};
use crate::store::{
    Chain, Durability, Header, LockEntry, NewFile, Owner, Pack, PackLock, State, Store, StoreError,
};

use super::ExecuteError;

/// Where shares lie: the store of a machine.
#[derive(Debug)]
pub struct Source {
    /// What it holds.
    pub state: State,
    /// Its folder, for messages.
    pub dir: Utf8PathBuf,
}

/// A fleet that was joined.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// The fleet's name.
    pub fleet: String,
    /// The whole pack.
    pub pack: Utf8PathBuf,
    /// How many shares it is made of.
    pub shares: usize,
    /// How many members it has.
    pub members: u64,
}

/// Joins the shares of every packed fleet into the store. Nothing of the store changes before all is checked; the
/// sources are only read, but for shares that lie in the store itself, which the whole pack takes the place of.
///
/// # Errors
/// [`ExecuteError::Refused`] where shares are missing, doubled or of other CAs; else what the disk refused.
pub fn merge(
    hierarchy: &Hierarchy,
    sources: &[Source],
    store: &mut Store,
    dir: &Utf8Path,
) -> Result<Vec<Merged>, ExecuteError> {
    let refuse = |fault: Diagnostic| ExecuteError::Refused(fault.into());
    let mut state = State::read(dir)?;
    same_cas(hierarchy, sources, &state).map_err(ExecuteError::Refused)?;
    if state.lock_sha256().is_none()
        && let Some(first) = sources.first()
    {
        bring_cas(hierarchy, first, store)?;
        state = State::read(dir)?;
    }
    let mut lines: Vec<PackLock> = state.packs().cloned().collect();
    let mut done = Vec::new();
    let mut gone = Vec::new();
    for fleet in hierarchy.fleets() {
        let shares = shares(hierarchy, fleet, sources)?;
        if shares.is_empty() {
            continue;
        }
        let count = whole(fleet, &shares).map_err(refuse)?;
        let owner = Owner::of(hierarchy, fleet, None);
        let place = dir.join(owner.file());
        if place.exists() {
            return Err(refuse(
                Diagnostic::error(
                    "merge",
                    format!("`{place}` is there already, and is not overwritten"),
                )
                .help("merge into another store with --out, or move it away"),
            ));
        }
        let unfinished = dir.join(format!(".{}.merge", owner.file()));
        Pack::discard(&unfinished)?;
        let joined = join(fleet, &shares, &unfinished, &owner);
        let members = match joined {
            Ok(members) => members,
            Err(error) => {
                Pack::discard(&unfinished)?;
                return Err(error);
            }
        };
        let seed = shares.iter().find_map(|share| share.line.seed.clone());
        let mut pack = Pack::rename(&unfinished, &place, &owner)?;
        pack.fill(fleet.pack().value)?;
        pack.write_volumes(&owner)?;
        let line = pack.line(fleet.name(), seed)?;
        store.note_pack(&line);
        lines.retain(|known| known.fleet != fleet.name());
        lines.push(line);
        gone.extend(
            shares
                .iter()
                .filter(|share| share.dir == *dir)
                .map(|share| (share.owner.clone(), share.line.pack.clone())),
        );
        done.push(Merged {
            fleet: fleet.name().to_owned(),
            pack: place,
            shares: count,
            members,
        });
    }
    if done.is_empty() {
        return Err(refuse(
            Diagnostic::error(
                "merge",
                "there is no share of a packed fleet in these stores",
            )
            .help("`pkiform apply --shard 1/4` makes the first of four"),
        ));
    }
    lines.sort_by(|a, b| a.pack.cmp(&b.pack));
    let entries: Vec<LockEntry> = state
        .locked_ids()
        .filter_map(|id| state.locked(id))
        .cloned()
        .collect();
    store.finish(&header(hierarchy), entries, &lines, &[])?;
    for (owner, share) in gone {
        let place = dir.join(share);
        if let Some(mut pack) = Pack::open(&place, &owner)? {
            // Its archives go with it.
            pack.write_volumes(&owner)?;
        }
        Pack::discard(&place)?;
    }
    Ok(done)
}

fn header(hierarchy: &Hierarchy) -> Header {
    Header {
        spec: hierarchy.name().to_owned(),
        env: hierarchy.env().map(str::to_owned),
    }
}

/// A share that was found.
struct Share {
    owner: Owner,
    shard: Shard,
    line: PackLock,
    pack: Pack,
    dir: Utf8PathBuf,
}

fn shares(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    sources: &[Source],
) -> Result<Vec<Share>, StoreError> {
    let mut found = Vec::new();
    for source in sources {
        for (owner, pack) in source.state.packs_of(hierarchy, fleet)? {
            let shard = owner.shard.as_deref().and_then(|shard| shard.parse().ok());
            let line = source.state.pack_line(&owner.file()).cloned();
            if let (Some(shard), Some(line)) = (shard, line) {
                found.push(Share {
                    owner,
                    shard,
                    line,
                    pack,
                    dir: source.dir.clone(),
                });
            }
        }
    }
    found.sort_by_key(|share| (share.shard.of(), share.shard.index()));
    Ok(found)
}

/// How many shares there are, if they are a whole: each number once.
fn whole(fleet: &Fleet, shares: &[Share]) -> Result<usize, Diagnostic> {
    let name = fleet.name();
    let of = shares.first().map_or(0, |share| share.shard.of());
    let mut seen: BTreeMap<u32, &Utf8Path> = BTreeMap::new();
    for share in shares {
        let (dir, shard) = (&share.dir, share.shard);
        if shard.of() != of {
            return Err(Diagnostic::error(
                "merge",
                format!(
                    "`{name}` was dealt out by {of} and by {}: {dir} has share {shard}",
                    shard.of()
                ),
            )
            .help("merge shares of one dealing"));
        }
        if let Some(other) = seen.insert(shard.index(), dir) {
            return Err(Diagnostic::error(
                "merge",
                format!("{other} and {dir} both have share {shard} of `{name}`"),
            )
            .help("name one of them; two machines that ran the same share made different keys, unless a seed gave them"));
        }
    }
    let missing: Vec<String> = (1..=of)
        .filter(|index| !seen.contains_key(index))
        .map(|index| format!("{index}/{of}"))
        .collect();
    if missing.is_empty() {
        return Ok(shares.len());
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    Err(Diagnostic::error(
        "merge",
        format!(
            "of `{name}` the share {} {verb} missing",
            missing.join(", ")
        ),
    )
    .help("name the store that has it, or make it: `pkiform apply --shard I/N`"))
}

fn join(
    fleet: &Fleet,
    shares: &[Share],
    unfinished: &Utf8Path,
    owner: &Owner,
) -> Result<u64, ExecuteError> {
    let name = fleet.name();
    let refuse = |what: String, help: String| {
        ExecuteError::Refused(Diagnostic::error("merge", what).help(help).into())
    };
    let mut whole = Pack::create(unfinished, owner)?;
    let mut chains: Option<(Vec<Chain>, &Utf8Path)> = None;
    for share in shares {
        let path = share.pack.path();
        if let Some(damage) = share.pack.damage()? {
            return Err(refuse(
                format!("the pack {path} is damaged: {damage}"),
                "run that share again, or put a copy of it back".to_owned(),
            ));
        }
        if share.pack.len()? != share.line.members
            || share.pack.digest_as_read()? != share.line.sha256
        {
            return Err(refuse(
                format!(
                    "the pack {path} is not the one that its lock knows: its run did not end, or it was changed"
                ),
                format!(
                    "run `pkiform apply --shard {}` there again, then merge",
                    share.shard
                ),
            ));
        }
        let its = share.pack.chains()?;
        match &chains {
            Some((known, first)) if *known != its && !known.is_empty() && !its.is_empty() => {
                return Err(refuse(
                    format!("the members of {path} are issued by other CAs than those of {first}"),
                    "let every machine begin with the same CAs, or derive them from one seed"
                        .to_owned(),
                ));
            }
            None => chains = Some((its, path)),
            Some(_) => {}
        }
        if let Err(id) = whole.join(&share.pack)? {
            return Err(refuse(
                format!("`{id}` is in {path} and in another share too"),
                "merge shares of one dealing".to_owned(),
            ));
        }
    }
    complete(fleet, &whole)
        .map_err(|missing| {
            refuse(
                format!("`{missing}` of `{name}` is in none of the shares"),
                "the spec or its rows have changed since: run the shares again".to_owned(),
            )
        })
        .and_then(|()| Ok(whole.len()?))
}

/// Whether every member of the spec is in the pack; else the first that is not.
fn complete(fleet: &Fleet, pack: &Pack) -> Result<(), String> {
    let mut there = MemberIds::default();
    if pack.ids(|id| there.add(id)).is_err() {
        return Err(fleet.name().to_owned());
    }
    there.sort();
    let missing = fleet
        .members()
        .flatten()
        .find(|member| !there.has(member.id()));
    missing.map_or(Ok(()), |member| Err(member.id().to_owned()))
}

/// The CAs of all stores are the same certificates.
fn same_cas(hierarchy: &Hierarchy, sources: &[Source], state: &State) -> Result<(), Diagnostics> {
    let mut faults = Diagnostics::new();
    for ca in hierarchy.cas() {
        let mut known: Option<(&LockEntry, &Utf8Path)> =
            state.locked(&ca.id).map(|entry| (entry, state.dir()));
        for source in sources {
            let Some(entry) = source.state.locked(&ca.id) else {
                continue;
            };
            match known {
                Some((first, dir))
                    if (&first.serial, first.public_key) != (&entry.serial, entry.public_key) =>
                {
                    faults.push(
                        Diagnostic::error("merge", format!("the CA `{}` of {} is another than that of {dir}", ca.id, source.dir))
                            .at(ca.span, "declared here")
                            .help("let every machine begin with the same CAs, or derive them from one seed"),
                    );
                }
                Some(_) => {}
                None => known = Some((entry, &source.dir)),
            }
        }
    }
    if faults.has_errors() {
        Err(faults)
    } else {
        Ok(())
    }
}

/// A store that is yet to be made gets what the first source has beside packs: the CAs, and what is no fleet.
fn bring_cas(
    hierarchy: &Hierarchy,
    source: &Source,
    store: &mut Store,
) -> Result<(), ExecuteError> {
    let mut entries = Vec::new();
    for id in source.state.locked_ids() {
        let Some(entry) = source.state.locked(id) else {
            continue;
        };
        let entity = hierarchy.get(id);
        let mut contents = Vec::new();
        for (artifact, file) in &entry.files {
            if let Some(content) = source.state.read_file(&file.path)? {
                contents.push((artifact, &file.path, zeroize::Zeroizing::new(content)));
            }
        }
        let files: Vec<NewFile<'_>> = contents
            .iter()
            .map(|(artifact, path, content)| {
                let output = entity
                    .and_then(|entity| entity.outputs.iter().find(|output| output.path == **path));
                let is_secret = super::work::is_secret(artifact);
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
                        .then_some(entry.public_key),
                }
            })
            .collect();
        if !files.is_empty() {
            store.put_entity(id, &files)?;
        }
        entries.push(entry.clone());
    }
    store.finish(&header(hierarchy), entries, &[], source.state.ledger())?;
    Ok(())
}
