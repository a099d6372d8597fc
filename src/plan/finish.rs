//! The end of planning: with every certificate decided, what becomes of the files, and what is left over.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::catalog::Artifact;
use crate::hierarchy::{Entity, EntityKind};
use crate::source::Diagnostic;

use super::decide::Word;
use super::files::{self, Files, KeyHolder, Shifts};
use super::packaging::{self, Prints, packaging};
use super::seeded::Seeding;
use super::walk::{Draft, Walk};
use super::{Action, Change, FileChange, Kind, Orphan, Plan, Reason, Step, observe, words};

/// Makes the plan of a finished walk over a whole store.
pub(super) fn plan(walk: Walk<'_>) -> Plan {
    let (orphans, mut removals) = left_over(&walk);
    let digests = (
        observe::hierarchy_digest(walk.hierarchy),
        observe::lock_digest(walk.state),
    );
    let mut plan = part(walk);
    plan.steps.append(&mut removals);
    plan.orphans = orphans;
    (plan.hierarchy_digest, plan.lock_digest) = digests;
    plan
}

/// Makes the plan of a finished walk over members of a fleet: what is left over, and whether the world has moved, is not
/// its to say.
pub(super) fn part(walk: Walk<'_>) -> Plan {
    let mut steps = Vec::with_capacity(walk.drafts.len());
    let mut needed = Vec::new();
    for draft in &walk.drafts {
        let decided = walk.decided.filter(|_| draft.entity.is_ca());
        if let Some(step) = decided.and_then(|cas| cas.step(&draft.entity.id)) {
            steps.push(step.clone());
            continue;
        }
        let (step, word) = step(&walk, draft);
        if let Some(word) = word {
            needed.push(words::Needed {
                entity: draft.entity,
                word,
                made: draft.made,
                key: &draft.key_path,
            });
        }
        steps.push(step);
    }
    let store = walk.state.dir().to_owned();
    let needs_word = words::diagnostics(&needed, &steps, &store);
    Plan {
        spec: walk.hierarchy.name().to_owned(),
        env: walk.hierarchy.env().map(ToOwned::to_owned),
        new_store: walk.state.locked_ids().next().is_none(),
        store,
        now: walk.hierarchy.now(),
        reproducible: walk.seeding.as_ref().and_then(Seeding::shown),
        steps,
        fleets: Vec::new(),
        options: walk.options.clone(),
        orphans: Vec::new(),
        pruned_packs: Vec::new(),
        hierarchy_digest: String::new(),
        lock_digest: String::new(),
        needing: needed.len(),
        loose_left_out: walk.hierarchy.left_out().rows(),
        left_out: walk.hierarchy.left_out().clone(),
        warnings: walk.warnings,
        needs_word,
    }
}

/// The step of one entity, and the word that it needs.
pub(super) fn step(walk: &Walk<'_>, draft: &Draft<'_>) -> (Step, Option<Word>) {
    let entity = draft.entity;
    let decision = &draft.decision;
    let mut action = decision.action;
    let mut reasons = decision.reasons.clone();
    let mut word = decision.word.clone();
    let files = if entity.external.is_some() {
        Files::default()
    } else {
        files_of(walk, draft)
    };
    if !files.changes.is_empty() && matches!(action, Action::Keep | Action::Adopt) {
        // An adopted entity's derived files are only compared, unless there is a reason to write one.
        if action == Action::Keep || !files.reasons.is_empty() {
            action = Action::Repackage;
        }
    }
    reasons.extend(
        files
            .reasons
            .into_iter()
            .filter(|_| action != Action::Create),
    );
    let crl = walk.crls.get(entity.id.as_str());
    if let Some((_, why)) = crl {
        let why = why.iter().filter(|_| action != Action::Create);
        let unsaid: Vec<Reason> = why.filter(|one| !reasons.contains(one)).cloned().collect();
        reasons.extend(unsaid);
    }
    if files.needs_key && !draft.has_key && !action.makes_key() {
        word.get_or_insert(Word::MissingKey);
    }
    if word == Some(Word::MissingKey)
        && matches!(action, Action::Keep | Action::Adopt)
        && !walk.targets.means(&entity.id)
        && !walk.signs(&entity.id)
    {
        // It is walked for what it issues alone, and nothing here needs its key.
        word = None;
    }
    if word == Some(Word::MissingKey)
        && !reasons
            .iter()
            .any(|reason| matches!(reason, Reason::KeyMissing { .. }))
    {
        reasons.push(Reason::KeyMissing {
            path: draft.key_path.clone(),
        });
    }
    let step = Step {
        id: entity.id.clone(),
        family: entity.family.clone(),
        kind: kind(entity.kind),
        issuer: entity.issuer.as_ref().map(|issuer| issuer.value.clone()),
        external: entity.external.is_some(),
        depth: walk.hierarchy.issuers(entity).len(),
        algorithm: entity.key.value.to_string(),
        path_length: entity
            .basic_constraints()
            .and_then(|(_, path_length, _)| path_length),
        not_before: decision.dates.map(|dates| dates.not_before),
        not_after: decision.dates.map(|dates| dates.not_after),
        cut: decision.dates.is_some_and(|dates| dates.cut),
        action,
        reasons,
        files: files.changes,
        revoked: walk
            .statements
            .get(&entity.id)
            .map(|statement| statement.revoked.clone()),
        crl: crl.map(|(step, _)| step.clone()),
        allow: entity.allow.iter().map(|rule| rule.value.clone()).collect(),
    };
    (step, word)
}

fn files_of(walk: &Walk<'_>, draft: &Draft<'_>) -> Files {
    let entity = draft.entity;
    let entry = walk.state.locked(&entity.id);
    let mut shifts = Shifts {
        requested: walk
            .options
            .repackage
            .iter()
            .any(|name| *name == entity.id || *name == entity.family),
        crl: walk.crls.contains_key(entity.id.as_str()),
        ..Shifts::default()
    };
    let mut prints = Prints::default();
    let issuers = walk.hierarchy.issuers(entity);
    for issuer in &issuers {
        let Some(after) = walk.after.get(issuer.id.as_str()) else {
            continue;
        };
        if after.root {
            shifts.root |= after.issues;
            prints.root = after.print;
        } else {
            shifts.chain |= after.issues;
            prints.chain.extend(after.print);
        }
    }
    for anchor in trust(entity, issuers.last().map(|root| root.id.as_str())) {
        let Some(after) = walk.after.get(anchor) else {
            continue;
        };
        shifts.trust |= after.issues;
        prints.trust.extend(after.print);
    }
    if let Some(word) = entry.map(observe::packaging_word) {
        let moved = shifts.chain || shifts.root || shifts.trust;
        let wanted = packaging(entity, &prints);
        shifts.packaging = !moved && word.get(1..) != wanted.get(1..) && entity.has_certificate();
        shifts.key_sealing = packaging::key_sealed_otherwise(word, entity);
    }
    let case = files::Case {
        entity,
        action: draft.decision.action,
        restore: draft.decision.restore,
        has_key: draft.has_key,
        key_holder: if walk.options.signers.contains(&entity.id) {
            KeyHolder::Signer
        } else if !entity.keep_key || walk.options.has_key_elsewhere(entity) {
            KeyHolder::Elsewhere
        } else {
            KeyHolder::Store
        },
        shifts,
        locked: entry.map(observe::locked_files).unwrap_or_default(),
    };
    files::files(&case, |output| observe::file(walk.state, entry, output))
}

/// The anchors of an entity's `trust` bundle: those that the spec chose, else its own root.
pub(crate) fn trust<'a>(entity: &'a Entity, root: Option<&'a str>) -> Vec<&'a str> {
    if [Artifact::Trust, Artifact::Truststore]
        .iter()
        .all(|bundle| entity.output(*bundle).is_none())
    {
        return Vec::new();
    }
    if entity.trust.is_empty() {
        return root.into_iter().collect();
    }
    entity
        .trust
        .iter()
        .map(|anchor| anchor.value.as_str())
        .collect()
}

/// What the lock knows and the spec does not: left alone, or removed with the user's word.
fn left_over(walk: &Walk<'_>) -> (Vec<Orphan>, Vec<Step>) {
    let mut orphans = Vec::new();
    let mut removals = Vec::new();
    for id in walk.state.locked_ids() {
        if walk.hierarchy.get(id).is_some() {
            continue;
        }
        let Some(entry) = walk.state.locked(id) else {
            continue;
        };
        let orphan = observe::orphan(entry);
        // Whose row is left out may be anybody.
        let keeps = walk.hierarchy.left_out().has_errors();
        if !walk.options.prune || !walk.targets.is_all() || keeps {
            orphans.push(orphan);
            continue;
        }
        let files = observe::locked_files(entry);
        removals.push(Step {
            id: orphan.id,
            family: entry.id.clone(),
            kind: observe::kind_of(entry),
            issuer: None,
            external: false,
            depth: 0,
            algorithm: entry.algorithm.clone(),
            path_length: None,
            not_before: None,
            not_after: None,
            cut: false,
            action: Action::Remove,
            reasons: vec![Reason::LeftSpec],
            files: files
                .into_iter()
                .map(|(artifact, path)| FileChange {
                    artifact,
                    path,
                    change: Change::Remove,
                })
                .collect(),
            revoked: None,
            crl: None,
            allow: Vec::new(),
        });
    }
    (orphans, removals)
}

fn kind(kind: EntityKind) -> Kind {
    match kind {
        EntityKind::Ca => Kind::Ca,
        EntityKind::Leaf => Kind::Leaf,
        EntityKind::Key => Kind::Key,
    }
}

/// Files of orphans that an entity of the spec wants: they would be overwritten.
pub(super) fn taken_paths(walk: &Walk<'_>) -> Vec<Diagnostic> {
    let mut owners: BTreeMap<Utf8PathBuf, &str> = BTreeMap::new();
    for id in walk.state.locked_ids() {
        if walk.hierarchy.get(id).is_none()
            && let Some(entry) = walk.state.locked(id)
        {
            owners.extend(
                observe::locked_files(entry)
                    .into_iter()
                    .map(|(_, path)| (path, id)),
            );
        }
    }
    if owners.is_empty() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for draft in &walk.drafts {
        for output in &draft.entity.outputs {
            if let Some(owner) = owners.get(&output.path) {
                faults.push(
                    Diagnostic::error(
                        "file-taken",
                        format!("`{}` wants {}, which belongs to `{owner}`", draft.entity.id, output.path),
                    )
                    .at(output.span, "asked for here")
                    .note(format!("`{owner}` left the spec, and its files are left alone"))
                    .help("take it away first: `pkiform apply --prune` without this entity, or move the file"),
                );
            }
        }
    }
    faults
}
