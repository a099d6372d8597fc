//! What a plan knows of a reproducible PKI: whether keys are the seed's, and whether an entity only changed its id.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::crypto::{Origin as KeyOrigin, PrivateKey, Randomness, Seed};
use crate::hierarchy::{Entity, Hierarchy};
use crate::source::Diagnostic;
use crate::store::{LockEntry, State};
use crate::x509::{self, IssuerFacts};

use super::decide::{Origin, SeenCertificate, SeenKey};
use super::fingerprint::{fingerprint, sha256};
use super::observe::Seen;
use super::{Reason, expected, reason, walk};

/// Of so many entities that left the spec is it asked whether one of them only changed its id: who renames, renames few.
const RENAMED: usize = 64;

/// The seed and the epoch of a plan, to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reproduction {
    /// A fingerprint of the seed, which tells nothing of it; none where a plan was made without the seed.
    pub seed: Option<String>,
    /// The moment from which every relative date counts.
    pub epoch: Timestamp,
    /// The period of an epoch that rolls.
    pub period: Option<String>,
    /// When the next epoch begins, if it rolls.
    pub next: Option<Timestamp>,
}

/// What is derived in a plan, and from what.
pub(super) struct Seeding<'a> {
    hierarchy: &'a Hierarchy,
    seed: Option<&'a Seed>,
    print: Option<String>,
    /// What the lock knows and the spec does not.
    gone: Vec<&'a LockEntry>,
}

impl<'a> Seeding<'a> {
    /// Of a reproducible PKI; none of any other.
    pub(super) fn of(
        hierarchy: &'a Hierarchy,
        state: &'a State,
        seed: Option<&'a Seed>,
    ) -> Option<Self> {
        hierarchy.reproducible()?;
        let gone = state
            .locked_ids()
            .filter(|id| hierarchy.get(id).is_none())
            .filter_map(|id| state.locked(id))
            .take(RENAMED)
            .collect();
        Some(Self {
            hierarchy,
            seed,
            print: seed.map(Seed::fingerprint),
            gone,
        })
    }

    /// What the plan shows of it.
    pub(super) fn shown(&self) -> Option<Reproduction> {
        let reproducible = self.hierarchy.reproducible()?;
        Some(Reproduction {
            seed: self.print.clone(),
            epoch: reproducible.epoch.value,
            period: reproducible.period.map(|period| period.to_string()),
            next: reproducible.next,
        })
    }

    /// Where the key comes from that is known of an entity, or lies in its place.
    pub(super) fn origin(&self, entity: &Entity, seen: &Seen, entry: Option<&LockEntry>) -> Origin {
        if entity.given_key.is_some() {
            return Origin::Random;
        }
        if let Some(entry) = entry
            && entry.seed.is_some()
            && (self.print.is_none() || entry.seed == self.print)
        {
            return Origin::Seed;
        }
        let present = match (&seen.key, &seen.certificate) {
            (SeenKey::Here { public_key, .. }, _)
            | (SeenKey::Missing | SeenKey::Sealed, SeenCertificate::Here { public_key, .. }) => {
                Some(*public_key)
            }
            _ => entry.map(|entry| entry.public_key),
        };
        let Some(present) = present else {
            return Origin::Seed;
        };
        match self.key(entity) {
            Some(key) if sha256(key.public_der()) != present => Origin::Elsewhere,
            _ => Origin::Seed,
        }
    }

    /// The key that the seed gives an entity; none without the seed.
    pub(super) fn key(&self, entity: &Entity) -> Option<PrivateKey> {
        self.randomness(entity)?.key(entity.key.value).ok()
    }

    fn randomness(&self, entity: &'a Entity) -> Option<Randomness<'a>> {
        Some(Randomness::Seeded {
            seed: self.seed?,
            origin: key_origin(self.hierarchy, entity),
        })
    }

    /// Whether a certificate has another serial than the seed gives it: its reason, if so.
    pub(super) fn serial_differs(
        &self,
        entity: &'a Entity,
        issuer: Option<&IssuerFacts>,
        certificate: &x509::Certificate,
    ) -> Option<Reason> {
        let unnumbered = expected::unnumbered(
            entity,
            issuer,
            certificate.spki_der(),
            certificate.not_before(),
            certificate.not_after(),
        )
        .ok()?;
        let wanted = self.randomness(entity)?.serial(&unnumbered).ok()?;
        (wanted != *certificate.serial()).then(|| Reason::Field {
            field: "serial".to_owned(),
            old: Some(x509::serial::to_hex(certificate.serial())),
            new: Some(x509::serial::to_hex(&wanted)),
        })
    }

    /// The id that an entity had before, if all else of it is what the lock knows under that id.
    pub(super) fn former_id(
        &self,
        entity: &Entity,
        issuer: Option<&IssuerFacts>,
    ) -> Option<&'a str> {
        let names_serial = walk::names_serial(entity);
        let part = issuer.map(|issuer| walk::issuer_part(issuer, names_serial));
        self.gone
            .iter()
            .find(|entry| {
                entry.kind == entity.kind
                    && entry.seed.is_some()
                    && entry.fingerprint
                        == fingerprint(&entity.fingerprint, &entry.public_key, part)
            })
            .map(|entry| entry.id.as_str())
    }

    /// What is said of entities that end soon: they wait for the epoch.
    pub(super) fn waiting(&self, due: &[(&Entity, Reason)]) -> Option<Diagnostic> {
        let reproducible = self.hierarchy.reproducible()?;
        let (first, why) = due.iter().min_by_key(|(_, why)| match why {
            Reason::Expired { not_after } | Reason::EndsSoon { not_after } => *not_after,
            _ => Timestamp::MAX,
        })?;
        let others = match due.len() {
            0 | 1 => String::new(),
            2 => ", and one more".to_owned(),
            many => format!(", and {} more", many.saturating_sub(1)),
        };
        let expired = due
            .iter()
            .any(|(_, why)| matches!(why, Reason::Expired { .. }));
        let code = if expired { "expired" } else { "ends-soon" };
        let found = Diagnostic::warning(code, format!("`{}` {why}{others}", first.id))
            .at(reproducible.epoch.span, "every date counts from this epoch");
        Some(match reproducible.next {
            Some(next) => found.note(format!(
                "everything is renewed at once, by the first apply after the next epoch begins on {}",
                reason::day(next)
            )),
            None => found.help("the epoch is fixed: move it, and everything is renewed at once"),
        })
    }
}

/// What the derived values of an entity belong to.
pub(crate) fn key_origin<'a>(hierarchy: &'a Hierarchy, entity: &'a Entity) -> KeyOrigin<'a> {
    KeyOrigin {
        spec: hierarchy.name(),
        env: hierarchy.env(),
        entity: &entity.id,
        algorithm: entity.key.value,
        generation: entity.generation.value,
    }
}
