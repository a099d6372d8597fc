//! What a CA's CRL shall list: what it listed and has not ended, and what is revoked since.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::catalog::RevocationReason;
use crate::hierarchy::Entity;
use crate::store::{CrlEntry, CrlLock};

use super::revocation::Pending;
use super::revoked::{Issued, Revoked};
use super::walk::Walk;
use super::{Action, NewlyRevoked};

/// What a CRL shall list.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) entries: Vec<CrlEntry>,
    /// What the plan issues and is revoked: its serial numbers are yet to come.
    pub(super) pending: Vec<Pending>,
    /// Whose certificates are listed for the first time.
    pub(super) gains: Vec<NewlyRevoked>,
    /// Those that are no longer on hold.
    pub(super) loses: Vec<String>,
    /// Those of which the CRL says another thing.
    pub(super) amends: Vec<String>,
    /// How many entries are listed that never were, a changed one counted as another.
    pub(super) new: u64,
}

impl Wanted {
    /// What the next CRL of a CA lists, if it is issued at `this_update` after `old`.
    pub(super) fn of(
        walk: &Walk<'_>,
        ca: &Entity,
        old: Option<&CrlLock>,
        issued: &[Issued<'_>],
        this_update: Timestamp,
    ) -> Self {
        let mut wanted = Self::default();
        let mut by_serial: BTreeMap<String, CrlEntry> = BTreeMap::new();
        for entry in old.iter().flat_map(|old| &old.entries) {
            if is_released(walk, entry) {
                wanted.loses.push(entry.id.clone());
            } else if !old.is_some_and(|old| may_go(walk, entry, old, this_update)) {
                by_serial.insert(entry.serial.clone(), entry.clone());
            }
        }
        for one in issued {
            let Some(statement) = walk.statements.get(one.id) else {
                continue;
            };
            // What has ended is revoked by that alone.
            if one.not_after <= this_update {
                continue;
            }
            let (revoked, spoken) = (&statement.revoked, statement.span.is_some());
            let entry = entry(one, revoked);
            match by_serial.get(&entry.serial) {
                // What is only listed still says what it said.
                Some(known) if *known == entry || !spoken => continue,
                Some(_) => wanted.amends.push(entry.id.clone()),
                None => wanted.gains.push(NewlyRevoked {
                    id: entry.id.clone(),
                    reason: revoked.reason,
                }),
            }
            wanted.new = wanted.new.saturating_add(1);
            by_serial.insert(entry.serial.clone(), entry);
        }
        for draft in &walk.drafts {
            let action = draft.decision.action;
            let entity = draft.entity;
            let is_its = entity
                .issuer
                .as_ref()
                .is_some_and(|issuer| issuer.value == ca.id);
            if !is_its || !(action.issues() || action == Action::Adopt) {
                continue;
            }
            if let Some(statement) = walk.statements.in_force(&entity.id) {
                wanted.pending.push(Pending {
                    id: entity.id.clone(),
                    revoked: statement.revoked.clone(),
                });
                wanted.gains.push(NewlyRevoked {
                    id: entity.id.clone(),
                    reason: statement.revoked.reason,
                });
            }
        }
        wanted.gains.sort();
        wanted.gains.dedup();
        wanted.loses.sort();
        wanted.loses.dedup();
        wanted.amends.sort();
        wanted.amends.dedup();
        wanted.entries = by_serial.into_values().collect();
        sort(&mut wanted.entries);
        wanted
    }

    /// Whether the CRL says another thing than the one before, apart from what has ended.
    pub(super) fn changes(&self) -> bool {
        !(self.gains.is_empty() && self.loses.is_empty() && self.amends.is_empty())
    }

    /// The ids of which the CRL says a new thing.
    pub(super) fn changed(&self) -> impl Iterator<Item = &str> {
        let gains = self.gains.iter().map(|gain| gain.id.as_str());
        gains.chain(self.loses.iter().chain(&self.amends).map(String::as_str))
    }
}

fn entry(issued: &Issued<'_>, revoked: &Revoked) -> CrlEntry {
    CrlEntry {
        serial: issued.serial.to_owned(),
        id: issued.id.to_owned(),
        generation: revoked.generation,
        public_key: Some(issued.public_key),
        date: revoked.date,
        reason: revoked.reason,
        invalidity_date: revoked.invalidity_date,
        not_after: issued.not_after,
    }
}

/// Whether an entry need not be listed any more: its certificate had ended when the last CRL was issued, which listed it
/// once more (RFC 5280 §3.3). One that alone keeps its entity from being renewed stays.
fn may_go(walk: &Walk<'_>, entry: &CrlEntry, old: &CrlLock, this_update: Timestamp) -> bool {
    let is_needed = walk
        .statements
        .get(&entry.id)
        .is_some_and(|one| one.span.is_none() && one.revoked.generation == entry.generation);
    entry.not_after <= old.this_update && old.this_update < this_update && !is_needed
}

/// Whether an entry was on hold, and the spec holds it no longer.
fn is_released(walk: &Walk<'_>, entry: &CrlEntry) -> bool {
    entry.reason == RevocationReason::CertificateHold
        && walk.hierarchy.reproducible().is_none()
        && walk.statements.get(&entry.id).is_none()
        && walk.hierarchy.generation(&entry.id) == Some(entry.generation)
}

/// The order of a CRL's entries: by date, then by serial, whatever was found first.
pub(crate) fn sort(entries: &mut [CrlEntry]) {
    entries.sort_by(|a, b| (a.date, &a.serial).cmp(&(b.date, &b.serial)));
}
