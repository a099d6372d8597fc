//! Members of a fleet that would be one thing: told by eight octets each, and named by a second walk.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::members::{MemberIds, print};
use crate::hierarchy::{Entity, Fleet, Hierarchy, Member, shared_key};
use crate::source::{Diagnostic, Diagnostics};
use crate::store::{Pack, StoreError};

/// How many pairs are named.
const NAMED: usize = 20;

/// Members of a pack that the spec does not have.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) count: usize,
    /// The first of them.
    pub(super) named: Vec<String>,
}

/// What was met so far.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    ids: MemberIds,
    /// The public keys that came with members.
    keys: MemberIds,
    /// Their subjects, each with its issuer.
    subjects: MemberIds,
}

impl Duplicates {
    /// Takes a member in.
    pub(super) fn add(&mut self, member: &Member) {
        self.ids.add(member.id());
    }

    /// Takes in what of a resolved member is to be no other's: the key that came with it, its subject.
    pub(super) fn add_resolved(&mut self, entity: &Entity) {
        if let Some(subject) = subject(entity) {
            self.subjects.add_octets(&subject);
        }
        if let Some(given) = &entity.given_key {
            self.keys
                .add_octets(&Sha256::digest(&given.spki_der).into());
        }
    }

    /// The public keys that came with members.
    pub(super) fn into_keys(self) -> MemberIds {
        self.keys
    }

    /// Whether members of one issuer share a subject (RFC 5280 §4.1.2.6: it is unique among what a CA certifies): the first
    /// two.
    pub(super) fn shared_subject(&mut self, fleet: &Fleet) -> Option<Diagnostic> {
        self.subjects.sort();
        let suspect = self.subjects.twice().next()?;
        let alike = self.subjects.twice().count();
        let resolver = fleet.resolver();
        let mut members = fleet
            .members()
            .flatten()
            .filter_map(|member| resolver.entity(&member).ok());
        let is_suspect = |entity: &Entity| {
            subject(entity).is_some_and(|digest| MemberIds::print_octets(&digest) == suspect)
        };
        let first = members.find(&is_suspect)?;
        let second = members.find(&is_suspect)?;
        let message = format!(
            "`{}` and `{}` have the same subject, `{}`",
            first.id, second.id, first.subject
        );
        let warning = Diagnostic::warning("duplicate-subject", message)
            .at(first.subject_span, "the subject")
            .note("RFC 5280 §4.1.2.6: a CA gives a name to one entity; who knows a device by it takes one for the other")
            .help("let the subject name the device: `common_name = \"{{ id }}\"`");
        Some(if alike > 1 {
            warning.note(format!(
                "so it is with {} more of `{}`",
                alike - 1,
                fleet.name()
            ))
        } else {
            warning
        })
    }

    /// Members that have one public key.
    pub(super) fn shared_keys(&mut self, fleet: &Fleet) -> Diagnostics {
        self.keys.sort();
        let suspects: BTreeSet<u64> = self.keys.twice().collect();
        if suspects.is_empty() {
            return Diagnostics::new();
        }
        let resolver = fleet.resolver();
        let members = fleet.members().flatten();
        shared_keys(
            members.filter_map(|member| resolver.entity(&member).ok()),
            &suspects,
        )
    }

    /// What a pack holds beside the members that were met.
    pub(super) fn left(&mut self, pack: &Pack) -> Result<Left, StoreError> {
        self.ids.sort();
        let mut left = Left::default();
        pack.ids(|id| {
            if !self.ids.has(id) {
                left.count = left.count.saturating_add(1);
                if left.named.len() < NAMED {
                    left.named.push(id.to_owned());
                }
            }
        })?;
        Ok(left)
    }

    /// The members whose ids are the same but for case, of one fleet and of the rest of the spec.
    pub(super) fn faults(&mut self, fleet: &Fleet, hierarchy: &Hierarchy) -> Diagnostics {
        let others: BTreeSet<String> = hierarchy
            .entities()
            .map(|entity| entity.id.to_lowercase())
            .collect();
        let mut suspects: BTreeSet<u64> = others.iter().map(|id| print(id)).collect();
        self.ids.sort();
        suspects.retain(|print| self.ids.has_print(*print));
        suspects.extend(self.ids.twice());
        if suspects.is_empty() {
            return Diagnostics::new();
        }
        named(&suspects, &others, fleet)
    }
}

/// The pairs that share a public key whose print is suspect.
pub(super) fn shared_keys(
    entities: impl Iterator<Item = Entity>,
    suspects: &BTreeSet<u64>,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut seen: BTreeMap<Vec<u8>, Entity> = BTreeMap::new();
    for entity in entities {
        let Some(given) = &entity.given_key else {
            continue;
        };
        let digest = Sha256::digest(&given.spki_der).into();
        if !suspects.contains(&MemberIds::print_octets(&digest)) {
            continue;
        }
        if let Some(other) = seen.insert(given.spki_der.to_vec(), entity.clone()) {
            found.push(shared_key(&other, &entity));
        }
        if found.errors() >= NAMED {
            break;
        }
    }
    found
}

fn named(suspects: &BTreeSet<u64>, others: &BTreeSet<String>, fleet: &Fleet) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut seen: Vec<(String, Member)> = Vec::new();
    for member in fleet
        .members()
        .flatten()
        .filter(|member| suspects.contains(&print(member.id())))
    {
        if found.errors() >= NAMED {
            break;
        }
        let id = member.id().to_owned();
        let low = id.to_lowercase();
        let here = member.span().unwrap_or_else(|| fleet.span());
        let error = |other: &str| {
            let message = if other == id {
                format!("two entities have the id `{id}`")
            } else {
                format!("the ids `{other}` and `{id}` differ only in case")
            };
            Diagnostic::error("duplicate-id", message)
                .at(here, "made here")
                .help("ids are unique in the whole spec; an `id` template can tell them apart")
        };
        if others.contains(&low) {
            found.push(error(&id).note(format!(
                "the spec has another `{id}` beside the fleet `{}`",
                fleet.name()
            )));
        }
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == low) {
            let there = first.span().unwrap_or_else(|| fleet.span());
            let error = error(first.id());
            found.push(if there == here {
                error
            } else {
                error.at(there, "and there")
            });
        }
        seen.push((low, member));
    }
    found
}

/// SHA-256 of a member's issuer and subject; none if it has no subject.
fn subject(entity: &Entity) -> Option<[u8; 32]> {
    if entity.subject.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(
        entity
            .issuer
            .as_ref()
            .map_or("", |issuer| issuer.value.as_str()),
    );
    hash.update([0]);
    hash.update(entity.subject.to_der().ok()?);
    Some(hash.finalize().into())
}
