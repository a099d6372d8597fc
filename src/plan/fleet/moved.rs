//! Fleets whose members lie elsewhere than the spec now says: loose and not packed, packed and not loose, in shares and not
//! whole. None of them gets new keys without the user's word.

use crate::hierarchy::{Fleet, Hierarchy};
use crate::plan::{Options, Plan, Shard};
use crate::source::Diagnostic;
use crate::store::{PackLock, State};

/// What the lock says of a fleet in other shares than the plan is about.
pub(super) fn other_shares(fleet: &Fleet, state: &State, options: &Options) -> Option<Diagnostic> {
    let name = fleet.name();
    let shard_of = |line: &PackLock| line.shard().and_then(|shard| shard.parse::<Shard>().ok());
    let mut lines = state
        .packs()
        .filter(|line| line.fleet == name && line.members > 0);
    let other = lines.find(|line| match (shard_of(line), options.shard) {
        (None, None) => false,
        (Some(one), Some(wanted)) => one.of() != wanted.of(),
        _ => true,
    })?;
    let error = |what: String, help: String| {
        Diagnostic::error("pack-shares", what)
            .at(fleet.span(), "would get new keys")
            .help(help)
    };
    Some(match (shard_of(other), options.shard) {
        (Some(shard), None) => error(
            format!(
                "`{name}` lies in shares of {} here, as {}",
                shard.of(),
                other.pack
            ),
            format!("join them with `pkiform merge`, or go on with one: `--shard {shard}`"),
        ),
        (Some(shard), Some(wanted)) => error(
            format!(
                "`{name}` is dealt out by {} here, not by {}",
                shard.of(),
                wanted.of()
            ),
            format!(
                "go on with `--shard I/{}`, or make these shares in another store (--out)",
                shard.of()
            ),
        ),
        (None, _) => error(
            format!("`{name}` is whole here, in {}", other.pack),
            "leave `--shard` out, or make the shares in another store (--out)".to_owned(),
        ),
    })
}

/// Members that lie loose in the store and would get new keys in a pack.
pub(super) fn loose(
    fleet: &Fleet,
    options: &Options,
    count: usize,
    first: &str,
) -> Option<Diagnostic> {
    let name = fleet.name();
    if count == 0 || options.allow_key_replacement.covers(name, name) {
        return None;
    }
    let who = if count == 1 {
        format!("`{first}` lies")
    } else {
        format!("`{first}` and {} more lie", count - 1)
    };
    Some(
        Diagnostic::error("key-replacement", format!("{who} in files of the store, and would get new keys in the pack"))
            .at(fleet.pack().span, "is packed now")
            .help(format!(
                "take `pack` away; or --allow-key-replacement={name} makes them anew (the files are left alone)"
            )),
    )
}

/// Packs of fleets that are no longer packed: where nothing of them would get another key, a warning, or with `--prune` they
/// are taken away; else what the user has to say first.
pub(in crate::plan) fn unpacked(
    hierarchy: &Hierarchy,
    state: &State,
    options: &Options,
    plan: &mut Plan,
) {
    let prunes = options.prune && options.targets.is_empty();
    let Plan {
        warnings,
        needs_word,
        pruned_packs,
        ..
    } = plan;
    for line in state.orphan_packs(hierarchy) {
        let name = &line.fleet;
        let file = state.dir().join(&line.pack);
        let mut leave = |why: &str| {
            if prunes {
                pruned_packs.push(line.pack.clone());
                return;
            }
            warnings.push(
                Diagnostic::warning(
                    "orphan-pack",
                    format!("{file} is of `{name}`, which {why}; left alone"),
                )
                .help("`pkiform apply --prune` puts it into the archive"),
            );
        };
        let family = || hierarchy.entities().filter(|entity| entity.family == *name);
        let Some(entity) = family().next() else {
            leave("is no longer in the spec");
            continue;
        };
        let without_files: Vec<&str> = family()
            .map(|entity| entity.id.as_str())
            .filter(|id| !state.is_loose(id))
            .collect();
        // Of a pack that can't be asked, all may lie in it.
        let packed = match state.pack_as_found(line) {
            Ok(Some(pack)) => pack
                .rows(without_files.iter().copied())
                .map_or(without_files.len(), |rows| rows.len()),
            Ok(None) => 0,
            Err(_) => without_files.len(),
        };
        if packed == 0 {
            leave("no longer lies in a pack");
        } else if !options.allow_key_replacement.covers(&entity.id, name) {
            let members = if packed == 1 {
                "a member".to_owned()
            } else {
                format!("{packed} members")
            };
            needs_word.push(
                Diagnostic::error(
                    "key-replacement",
                    format!("{members} of `{name}` would get new keys in files: theirs lie in {file}"),
                )
                .at(entity.span, "is no longer packed")
                .help(format!(
                    "put `pack` back; or --allow-key-replacement={name} makes them anew (the pack is left alone)"
                )),
            );
        }
    }
}
