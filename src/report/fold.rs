//! Fleets as they are drawn: a long one is one thing, with its first and its last.

use crate::hierarchy::{Entity, EntityKind};

/// The longest fleet that is drawn one by one.
pub(super) const FEW: usize = 5;

/// An entity, or a fleet.
pub(super) struct Fold<'a> {
    /// The id, or the family and how many it has.
    pub(super) name: String,
    /// The entity, or the first of the fleet.
    pub(super) entity: &'a Entity,
    /// The last of the fleet.
    pub(super) last: Option<&'a Entity>,
    /// All that it stands for.
    pub(super) all: Vec<&'a Entity>,
}

/// The entities of one issuer; leaves of one family that are more than `few` are one.
pub(super) fn fold<'a>(entities: &[&'a Entity], few: Option<usize>) -> Vec<Fold<'a>> {
    let mut all = Vec::new();
    for fleet in
        entities.chunk_by(|one, other| one.family == other.family && one.kind != EntityKind::Ca)
    {
        match (few, fleet) {
            (Some(few), [first, .., last]) if fleet.len() > few => all.push(Fold {
                name: format!("{} ({})", first.family, fleet.len()),
                entity: first,
                last: Some(last),
                all: fleet.to_vec(),
            }),
            _ => all.extend(fleet.iter().map(|entity| Fold {
                name: entity.id.clone(),
                entity,
                last: None,
                all: vec![*entity],
            })),
        }
    }
    all
}
