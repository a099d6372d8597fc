//! What is revoked: each statement of the spec with the generation that it means, and what a CRL lists although the spec
//! no longer says so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::RevocationReason;
use crate::hierarchy::{Entity, Hierarchy, Revocation};
use crate::source::{Diagnostic, Span};
use crate::store::{CrlEntry, LockEntry, State};

/// A revocation that a plan goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The generation whose certificates are revoked.
    pub generation: u32,
    /// Whether that is the one that the entity has after the step: then it is not renewed.
    pub present: bool,
    /// From when on.
    pub date: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// When the key is thought to have been lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalidity_date: Option<Timestamp>,
}

/// One entity's revocation.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) entity: &'a Entity,
    pub(super) revoked: Revoked,
    /// Where the spec says so; none where it no longer does, and a CRL still lists the certificate.
    pub(super) span: Option<Span>,
}

/// All revocations, by the ids of their entities.
#[derive(Debug, Default)]
pub(super) struct Statements<'a> {
    all: BTreeMap<&'a str, Statement<'a>>,
}

/// A certificate of a generation that is revoked.
#[derive(Debug)]
pub(super) struct Issued<'a> {
    pub(super) id: &'a str,
    pub(super) serial: &'a str,
    pub(super) public_key: [u8; 32],
    pub(super) not_after: Timestamp,
}

impl<'a> Statements<'a> {
    /// Holds the spec against the lock.
    pub(super) fn of(hierarchy: &'a Hierarchy, state: &State) -> Self {
        let mut listed: BTreeMap<&str, Vec<&CrlEntry>> = BTreeMap::new();
        let locks = state.locked_ids().filter_map(|id| state.locked(id));
        for entry in locks
            .filter_map(|entry| entry.crl.as_ref())
            .flat_map(|crl| &crl.entries)
        {
            listed.entry(entry.id.as_str()).or_default().push(entry);
        }
        let mut all = BTreeMap::new();
        let members = hierarchy.revoked_members();
        for entity in hierarchy
            .entities()
            .chain(members)
            .filter(|one| one.issuer.is_some())
        {
            let listed = listed
                .get(entity.id.as_str())
                .map_or(&[][..], Vec::as_slice);
            let locked = state.locked(&entity.id);
            let statement = if let Some(said) = &entity.revoked {
                Some(spoken(entity, said, meant(entity, said, locked, listed)))
            } else {
                unsaid(entity, locked, listed, hierarchy.reproducible().is_some())
            };
            if let Some(statement) = statement {
                all.insert(entity.id.as_str(), statement);
            }
        }
        Self { all }
    }

    /// The revocation of an entity, of whichever generation.
    pub(super) fn get(&self, id: &str) -> Option<&Statement<'a>> {
        self.all.get(id)
    }

    /// All of them, by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Statement<'a>> {
        self.all.values()
    }

    /// The revocation that holds for what an entity has, or is to have, now.
    pub(super) fn in_force(&self, id: &str) -> Option<&Statement<'a>> {
        self.all.get(id).filter(|one| one.revoked.present)
    }

    /// The nearest CA above an entity that is revoked.
    pub(super) fn above(&self, hierarchy: &Hierarchy, entity: &Entity) -> Option<&Statement<'a>> {
        if self.all.is_empty() {
            return None;
        }
        hierarchy
            .issuers(entity)
            .into_iter()
            .find_map(|issuer| self.in_force(&issuer.id))
    }

    /// The certificates that are meant, as far as ledger and lock know, by the ids of the CAs that issued them: one
    /// that the entity had from another CA is in that one's list.
    pub(super) fn issued<'s>(&self, state: &'s State) -> BTreeMap<&'s str, Vec<Issued<'s>>> {
        let mut issued: BTreeMap<&str, Vec<Issued<'_>>> = BTreeMap::new();
        if self.all.is_empty() {
            return issued;
        }
        let is_meant = |id: &str, generation: u32| {
            self.all
                .get(id)
                .is_some_and(|one| one.revoked.generation == generation)
        };
        for line in state.ledger() {
            if is_meant(&line.id, line.generation) {
                issued.entry(&line.issuer).or_default().push(Issued {
                    id: &line.id,
                    serial: &line.serial,
                    public_key: line.public_key,
                    not_after: line.not_after,
                });
            }
        }
        for id in self.all.keys() {
            let Some(entry) = state.locked(id) else {
                continue;
            };
            if let (Some(issuer), Some(serial), Some(not_after)) =
                (&entry.issuer, &entry.serial, entry.not_after)
                && is_meant(id, entry.generation)
            {
                issued.entry(issuer).or_default().push(Issued {
                    id: &entry.id,
                    serial,
                    public_key: entry.public_key,
                    not_after,
                });
            }
        }
        issued
    }
}

/// The generation that a statement means: the one that it names; else the one that it was applied to first, which the
/// lock holds; else the one that is in the store, also where the spec raises it at the same time.
fn meant(
    entity: &Entity,
    said: &Revocation,
    locked: Option<&LockEntry>,
    listed: &[&CrlEntry],
) -> u32 {
    let present = entity.generation.value;
    let noted = locked
        .and_then(|entry| entry.revoked.as_ref())
        .filter(|noted| noted.date == said.date)
        .map(|noted| noted.generation);
    let in_a_list = || {
        let same = listed
            .iter()
            .filter(|entry| entry.date == said.date && entry.generation <= present);
        same.map(|entry| entry.generation).max()
    };
    said.generation
        .or(noted)
        .or_else(in_a_list)
        .or_else(|| locked.map(|entry| entry.generation.min(present)))
        .unwrap_or(present)
}

fn spoken<'a>(entity: &'a Entity, said: &Revocation, generation: u32) -> Statement<'a> {
    Statement {
        entity,
        revoked: Revoked {
            generation,
            present: generation == entity.generation.value,
            date: said.date,
            reason: said.reason,
            invalidity_date: said.invalidity_date,
        },
        span: Some(said.span),
    }
}

/// What a list says of an entity's present key, where the spec is silent. A hold may be released, except where every
/// list has to come from the spec again.
fn unsaid<'a>(
    entity: &'a Entity,
    locked: Option<&LockEntry>,
    listed: &[&CrlEntry],
    reproducible: bool,
) -> Option<Statement<'a>> {
    // What was taken away and comes back has another key, unless a seed gives it the same.
    let has_key =
        |listed: [u8; 32]| locked.map_or(reproducible, |entry| entry.public_key == listed);
    let stays = |entry: &&&CrlEntry| {
        entry.generation == entity.generation.value
            && entry.public_key.is_none_or(has_key)
            && (reproducible || entry.reason != RevocationReason::CertificateHold)
    };
    let entry = listed.iter().find(stays)?;
    Some(Statement {
        entity,
        revoked: Revoked {
            generation: entry.generation,
            present: true,
            date: entry.date,
            reason: entry.reason,
            invalidity_date: entry.invalidity_date,
        },
        span: None,
    })
}

/// The ids of the entities whose present certificates are revoked: they are not renewed.
#[must_use]
pub fn revoked_entities(hierarchy: &Hierarchy, state: &State) -> BTreeSet<String> {
    let statements = Statements::of(hierarchy, state);
    let present = statements.iter().filter(|one| one.revoked.present);
    present.map(|one| one.entity.id.clone()).collect()
}

/// Why a CA may issue nothing, if it or one above it is revoked.
#[must_use]
pub fn revoked_ca(hierarchy: &Hierarchy, state: &State, ca: &Entity) -> Option<Diagnostic> {
    let statements = Statements::of(hierarchy, state);
    let statement = statements
        .in_force(&ca.id)
        .or_else(|| statements.above(hierarchy, ca))?;
    let issuer = statement.entity;
    Some(
        Diagnostic::error(
            "revoked-issuer",
            format!(
                "`{}` is revoked, and nothing is issued beneath it",
                issuer.id
            ),
        )
        .at(statement.span.unwrap_or(issuer.span), "revoked here")
        .help("raise its `generation`: it then gets a new key"),
    )
}
