//! A verification: certificates read once, entities judged side by side, findings in the hierarchy's order.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::catalog::{Artifact, Value};
use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::revoked_entities;
use crate::store::State;
use crate::x509::Certificate;

use super::chain::{Anchor, Anchors};
use super::verdict::{Check, Status, Verdict};
use super::{Options, drift, entity, fleet, lock};

/// Judges the store at the hierarchy's time. Reads every file, writes nothing.
#[must_use]
pub fn verify(hierarchy: &Hierarchy, state: &State, options: &Options) -> Verdict {
    let meant = |entity: &&Entity| options.shard.is_none_or(|shard| shard.holds(entity));
    let entities = hierarchy.entities().map(AsRef::as_ref);
    let entities: Vec<&Entity> = entities.filter(meant).collect();
    let above: BTreeMap<&str, Certificate> = entities
        .iter()
        .filter(|entity| entity.is_ca() || entity.is_self_signed())
        .filter_map(|entity| Some((entity.id.as_str(), certificate(state, entity)?)))
        .collect();
    // A store has few extensions of its own making, if any: one answer serves all.
    let ignore_critical = entities.iter().any(|entity| {
        entity
            .resolved_extensions()
            .any(|extension| extension.critical && matches!(extension.value, Value::Custom(_)))
    });
    let anchors = anchors(hierarchy, &issuers(&entities), ignore_critical, &above);
    let revoked = revoked_entities(hierarchy, state);
    let verdicts: Vec<Verdict> = entities
        .par_iter()
        .map(|one| {
            let read;
            let certificate = if let Some(certificate) = above.get(one.id.as_str()) {
                Some(certificate)
            } else {
                read = certificate(state, one);
                read.as_ref()
            };
            let case = entity::Case {
                entity: one,
                certificate,
                revoked: revoked.contains(&one.id),
            };
            entity::entity(hierarchy, &case, &anchors, state, options)
        })
        .collect();
    let mut whole = Verdict::default();
    for verdict in verdicts {
        whole.add(verdict);
    }
    lock::serials(state, &mut whole);
    drift::drift(hierarchy, state, options, &mut whole);
    for one in hierarchy.fleets() {
        fleet::fleet(hierarchy, one, &above, state, options, &mut whole);
    }
    fleet::between(hierarchy, state, &mut whole);
    for line in state.orphan_packs(hierarchy) {
        let message = format!(
            "{} is of `{}`, which is no longer in the spec, or no longer packed",
            state.dir().join(&line.pack),
            line.fleet
        );
        whole.push(
            Check::of_store("orphan", Status::Warning, message)
                .help("`pkiform apply --prune` puts it into the archive"),
        );
    }
    whole
}

/// The CAs whose certificates stand above some entity.
fn issuers<'a>(entities: &[&'a Entity]) -> BTreeSet<&'a str> {
    entities
        .iter()
        .filter(|entity| entity.has_certificate())
        .map(|entity| {
            entity
                .issuer
                .as_ref()
                .map_or(entity.id.as_str(), |issuer| issuer.value.as_str())
        })
        .collect()
}

/// What each issuer's certificates are judged against.
pub(super) fn anchors(
    hierarchy: &Hierarchy,
    issuers: &BTreeSet<&str>,
    ignore_critical: bool,
    above: &BTreeMap<&str, Certificate>,
) -> Anchors {
    issuers
        .iter()
        .copied()
        .map(|id| {
            let anchor = hierarchy.get(id).and_then(|issuer| {
                let mut line = vec![issuer.as_ref()];
                line.extend(hierarchy.issuers(issuer).into_iter().map(AsRef::as_ref));
                let certificates: Option<Vec<_>> = line
                    .into_iter()
                    .map(|ca: &Entity| Some((ca.id.as_str(), above.get(ca.id.as_str())?)))
                    .collect();
                Anchor::new(&certificates?, hierarchy.now(), ignore_critical)
                    .ok()
                    .flatten()
            });
            (id.to_owned(), anchor)
        })
        .collect()
}

pub(super) fn certificate(state: &State, entity: &Entity) -> Option<Certificate> {
    if let Some(external) = &entity.external {
        return state.certificate(&external.cert.value);
    }
    [Artifact::Cert, Artifact::CertDer, Artifact::Fullchain]
        .into_iter()
        .filter_map(|artifact| entity.output(artifact))
        .find_map(|output| state.certificate(&output.path))
}
