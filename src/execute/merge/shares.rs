//! The shares of packed fleets, held against each other and joined to whole packs that are yet to get their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::execute::ExecuteError;
use crate::hierarchy::{Fleet, Hierarchy};
use crate::plan::{MemberIds, Shard, overlap};
use crate::source::Diagnostic;
use crate::spec::PackTable;
use crate::store::{Chain, Owner, Pack, PackLock, StoreError};

use super::Source;

/// A whole pack under a temporary name.
pub(super) struct Joined {
    pub(super) owner: Owner,
    pub(super) table: PackTable,
    pub(super) unfinished: Utf8PathBuf,
    pub(super) place: Utf8PathBuf,
    pub(super) seed: Option<String>,
    /// How many shares it is made of.
    pub(super) shares: usize,
    /// Into how many it was dealt, if not whole.
    pub(super) of: Option<u32>,
}

/// Joins the shares of all packed fleets. What is begun is noted in `unfinished`.
///
/// # Errors
/// Shares are missing or doubled, or not what their locks say; the disk refuses.
pub(super) fn join_all(
    hierarchy: &Hierarchy,
    sources: &[Source],
    dir: &Utf8Path,
    loose: &[(&str, [u8; 32])],
    unfinished: &mut Vec<Utf8PathBuf>,
    walked: &AtomicUsize,
) -> Result<Vec<Joined>, ExecuteError> {
    let mut all = Vec::new();
    let mut packs = Vec::new();
    for fleet in hierarchy.fleets() {
        let shares = shares(hierarchy, fleet, sources, dir)?;
        if shares.is_empty() {
            continue;
        }
        whole(fleet, &shares).map_err(refused)?;
        let owner = Owner::of(hierarchy, fleet, None);
        let file = owner.file();
        let begun = Pack::place_of_new(&dir.join(&file))?;
        Pack::discard(&begun)?;
        unfinished.push(begun.clone());
        let joined = join(fleet, &shares, &begun, &owner, walked)?;
        let place = dir.join(file);
        if let Some(there) = Pack::open(&place, &owner)?
            && there.digest_as_read()? != joined.digest()?
        {
            let what = format!("`{place}` is there already, and is not overwritten");
            return Err(refused(
                Diagnostic::error("merge", what)
                    .help("merge into another store with --out, or move it away"),
            ));
        }
        packs.push(joined);
        all.push(Joined {
            table: fleet.pack().value,
            unfinished: begun,
            place,
            seed: shares.iter().find_map(|share| share.line.seed.clone()),
            shares: shares.len(),
            of: shares
                .first()
                .map(|share| share.shard.of())
                .filter(|of| *of > 1),
            owner,
        });
    }
    if let Some(found) = overlap(&packs.iter().collect::<Vec<_>>(), loose)? {
        let what = format!(
            "`{}` and `{}` have the same {}",
            found.one, found.other, found.what
        );
        return Err(refused(Diagnostic::error("merge", what).help(
            "no share could see it of another: mend the rows, and run the shares that have these two again",
        )));
    }
    Ok(all)
}

fn refused(fault: Diagnostic) -> ExecuteError {
    ExecuteError::Refused(fault.into())
}

/// A share that was found.
struct Share {
    owner: Owner,
    shard: Shard,
    line: PackLock,
    pack: Pack,
    dir: Utf8PathBuf,
}

/// The shares of a fleet. A whole pack is a share of one, and the same pack in two stores is one.
fn shares(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    sources: &[Source],
    dir: &Utf8Path,
) -> Result<Vec<Share>, StoreError> {
    let mut found: Vec<Share> = Vec::new();
    for source in sources {
        for (owner, pack) in source.state.packs_of(hierarchy, fleet)? {
            let is_whole = owner.shard.is_none();
            let shard = match owner.shard.as_deref() {
                Some(shard) => shard.parse().ok(),
                None => Some(Shard::WHOLE),
            };
            let line = source.state.pack_line(&owner.file()).cloned();
            let (Some(shard), Some(line)) = (shard, line) else {
                continue;
            };
            let is_known = is_whole
                && found
                    .iter()
                    .any(|share| share.owner == owner && share.line.sha256 == line.sha256);
            if is_known || (is_whole && source.dir == *dir) {
                continue;
            }
            found.push(Share {
                owner,
                shard,
                line,
                pack,
                dir: source.dir.clone(),
            });
        }
    }
    found.sort_by_key(|share| (share.shard.of(), share.shard.index()));
    Ok(found)
}

/// Whether the shares are a whole: each number once, but for those that no member falls to.
fn whole(fleet: &Fleet, shares: &[Share]) -> Result<(), Diagnostic> {
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
    let mut missing: BTreeSet<u32> = (1..=of).filter(|index| !seen.contains_key(index)).collect();
    if !missing.is_empty() {
        // A share that no member falls to has no pack.
        let members = fleet.members().flatten();
        let dealt: BTreeSet<u32> = members.map(|one| Shard::dealt(one.id(), of)).collect();
        missing.retain(|index| dealt.contains(index));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let missing: Vec<String> = missing
        .into_iter()
        .map(|index| format!("{index}/{of}"))
        .collect();
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
    walked: &AtomicUsize,
) -> Result<Pack, ExecuteError> {
    let name = fleet.name();
    let refuse = |what: String, help: String| refused(Diagnostic::error("merge", what).help(help));
    let mut whole = Pack::create(unfinished, owner)?;
    let mut chains: BTreeMap<String, (Chain, &Utf8Path)> = BTreeMap::new();
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
        for chain in share.pack.chains()? {
            let issuer = chain.issuer.clone();
            let (known, first) = chains
                .entry(issuer.clone())
                .or_insert_with(|| (chain.clone(), path));
            if *known != chain {
                return Err(refuse(
                    format!("the chain of `{issuer}` in {path} is another than in {first}"),
                    "let every machine begin with the same CAs, or derive them from one seed"
                        .to_owned(),
                ));
            }
        }
        if let Err(id) = whole.join(&share.pack, |members| {
            walked.fetch_add(members, Ordering::Relaxed);
        })? {
            return Err(refuse(
                format!("`{id}` is in {path} and in another share too"),
                "merge shares of one dealing".to_owned(),
            ));
        }
    }
    complete(fleet, &whole).map_err(|missing| {
        refuse(
            format!("`{missing}` of `{name}` is in none of the shares"),
            "the spec or its rows have changed since: run the shares again".to_owned(),
        )
    })?;
    Ok(whole)
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
