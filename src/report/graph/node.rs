//! What is drawn: each entity or long fleet once, under its issuer, with what the store holds of it.

use jiff::Timestamp;

use crate::hierarchy::{Entity, EntityKind, Fleet, Hierarchy};
use crate::report::fold::{FEW, fold};
use crate::x509::Certificate;

/// A hierarchy to be drawn.
#[derive(Debug)]
pub struct Graph<'a> {
    /// The hierarchy.
    pub hierarchy: &'a Hierarchy,
    /// Its nodes, each after its issuer.
    pub nodes: Vec<Node>,
}

/// An entity, or a fleet that is drawn as one.
#[derive(Debug)]
pub struct Node {
    /// What stands in it.
    pub name: String,
    /// The id of the entity, or of the first of the fleet.
    pub id: String,
    /// What it is: `CA`, `leaf`, `key`.
    pub kind: &'static str,
    /// The algorithm of its key.
    pub key: String,
    /// Whom it names: its subject, or the first and the last of the fleet.
    pub subject: String,
    /// Its issuer among the nodes.
    pub issuer: Option<usize>,
    /// How far from its root it is.
    pub depth: usize,
    /// From when to when its certificate in the store is valid; of a fleet that of the one that ends first.
    pub dates: Option<(Timestamp, Timestamp)>,
    /// How its certificate stands; of a fleet the one that stands worst.
    pub status: Status,
}

/// A packed fleet as it lies in the store.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    /// Its packs, as `device.sqlite`.
    pub files: Vec<String>,
    /// How many members they have.
    pub members: u64,
    /// From when to when the member is valid that ends first.
    pub dates: Option<(Timestamp, Timestamp)>,
}

/// How a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A bare key, which has none.
    Key,
    /// It holds.
    Valid,
    /// It is not made yet.
    Planned,
    /// It holds, and the next `apply` renews it.
    Due,
    /// It is revoked.
    Revoked,
    /// It has ended.
    Expired,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Due => "due",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Planned => "planned",
            Self::Key => "key",
        }
    }
}

impl Node {
    /// What it is, in a few words: `CA · ecdsa-p256 · 30 d left`.
    #[must_use]
    pub fn about(&self, now: Timestamp) -> String {
        let mut parts = vec![self.kind.to_owned(), self.key.clone()];
        match (self.status, self.dates) {
            (Status::Valid | Status::Due, Some((_, end))) => {
                let left = end.as_second().saturating_sub(now.as_second());
                parts.push(format!("{} left", crate::report::style::span(left)));
            }
            (Status::Key, _) | (Status::Valid | Status::Due, None) => {}
            (status, _) => parts.push(status.id().to_owned()),
        }
        parts.join(" · ")
    }
}

/// What an entity is.
pub(super) fn kind(entity: &Entity) -> &'static str {
    match (entity.kind, entity.external.is_some()) {
        (EntityKind::Ca, true) => "external CA",
        (EntityKind::Ca, false) => "CA",
        (EntityKind::Leaf, _) => "leaf",
        (EntityKind::Key, _) => "key",
    }
}

/// What is drawn of a hierarchy. `certificate_of` gives what the store holds, `packed` what it holds of a fleet that lies
/// in packs; `is_due` says whether a certificate is renewed next.
#[must_use]
pub fn graph<'a>(
    hierarchy: &'a Hierarchy,
    certificate_of: &dyn Fn(&Entity) -> Option<Certificate>,
    packed: &dyn Fn(&Fleet) -> Packed,
    is_due: &dyn Fn(&Entity, &Certificate) -> bool,
) -> Graph<'a> {
    let mut nodes: Vec<Node> = Vec::new();
    let fleets: Vec<(Entity, Packed)> = hierarchy
        .fleets()
        .iter()
        .filter_map(|fleet| Some((fleet.first()?, packed(fleet))))
        .collect();
    let roots: Vec<&Entity> = hierarchy.roots().map(AsRef::as_ref).collect();
    // Nothing is called again for each level: a chain may be as deep as a spec says.
    let mut open: Vec<_> = fold(&roots, Some(FEW))
        .into_iter()
        .rev()
        .map(|fold| (fold, None, 0_usize))
        .collect();
    while let Some((fold_, issuer, depth)) = open.pop() {
        let place = nodes.len();
        if fold_.last.is_none() {
            let children: Vec<&Entity> = hierarchy
                .children(&fold_.entity.id)
                .map(AsRef::as_ref)
                .collect();
            let below = fold(&children, Some(FEW)).into_iter().rev();
            open.extend(below.map(|fold| (fold, Some(place), depth.saturating_add(1))));
        }
        let (status, certificate) = worst(&fold_.all, hierarchy.now(), certificate_of, is_due);
        let entity = fold_.entity;
        nodes.push(Node {
            name: fold_.name,
            id: entity.id.clone(),
            kind: kind(entity),
            key: entity.key.value.to_string(),
            subject: match fold_.last {
                Some(last) => format!("{} … {}", entity.id, last.id),
                None => entity.subject.to_string(),
            },
            issuer,
            depth,
            dates: certificate.map(|one| (one.not_before(), one.not_after())),
            status,
        });
        for (first, packed) in &fleets {
            if first.issuer.as_ref().map(|issuer| &issuer.value) == Some(&entity.id) {
                let below = Some((place, depth.saturating_add(1)));
                nodes.push(fleet(first, packed, below, hierarchy.now()));
            }
        }
    }
    let alone = fleets.iter().filter(|(first, _)| first.issuer.is_none());
    nodes.extend(alone.map(|(first, packed)| fleet(first, packed, None, hierarchy.now())));
    Graph { hierarchy, nodes }
}

/// A packed fleet as one node.
fn fleet(first: &Entity, packed: &Packed, below: Option<(usize, usize)>, now: Timestamp) -> Node {
    let family = &first.family;
    Node {
        name: match packed.files.as_slice() {
            [] => format!("{family} (packed)"),
            files => format!("{family} ({} in {})", packed.members, files.join(", ")),
        },
        id: first.id.clone(),
        kind: kind(first),
        key: first.key.value.to_string(),
        subject: format!("{} …", first.id),
        issuer: below.map(|(issuer, _)| issuer),
        depth: below.map_or(0, |(_, depth)| depth),
        dates: packed.dates,
        status: match packed.dates {
            None => Status::Planned,
            Some((_, end)) if end <= now => Status::Expired,
            Some(_) => Status::Valid,
        },
    }
}

/// How the worst of some entities stands, and the certificate that ends first.
fn worst(
    all: &[&Entity],
    now: Timestamp,
    certificate_of: &dyn Fn(&Entity) -> Option<Certificate>,
    is_due: &dyn Fn(&Entity, &Certificate) -> bool,
) -> (Status, Option<Certificate>) {
    let mut worst = Status::Key;
    let mut first: Option<Certificate> = None;
    for entity in all {
        let certificate = certificate_of(entity);
        worst = worst.max(status(entity, certificate.as_ref(), now, is_due));
        if let Some(certificate) = certificate
            && first
                .as_ref()
                .is_none_or(|first| certificate.not_after() < first.not_after())
        {
            first = Some(certificate);
        }
    }
    (worst, first)
}

/// How an entity's certificate stands.
pub(super) fn status(
    entity: &Entity,
    certificate: Option<&Certificate>,
    now: Timestamp,
    is_due: &dyn Fn(&Entity, &Certificate) -> bool,
) -> Status {
    match certificate {
        _ if entity.kind == EntityKind::Key => Status::Key,
        None => Status::Planned,
        Some(_) if entity.revoked.is_some() => Status::Revoked,
        Some(certificate) if certificate.not_after() <= now => Status::Expired,
        Some(certificate) if is_due(entity, certificate) => Status::Due,
        Some(_) => Status::Valid,
    }
}
