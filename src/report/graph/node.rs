//! What is drawn: each entity or long fleet once, under its issuer, with what the store holds of it.

use jiff::Timestamp;

use crate::hierarchy::{Entity, EntityKind, Hierarchy};
use crate::report::fold::{FEW, fold};
use crate::x509::Certificate;

/// A hierarchy to be drawn.
#[derive(Debug)]
pub struct Graph<'a> {
    /// The hierarchy.
    pub hierarchy: &'a Hierarchy,
    /// Its nodes, each after its issuer.
    pub nodes: Vec<Node<'a>>,
}

/// An entity, or a fleet that is drawn as one.
#[derive(Debug)]
pub struct Node<'a> {
    /// What stands in it.
    pub name: String,
    /// The entity, or the first of the fleet.
    pub entity: &'a Entity,
    /// The last of the fleet.
    pub last: Option<&'a Entity>,
    /// Its issuer among the nodes.
    pub issuer: Option<usize>,
    /// How far from its root it is.
    pub depth: usize,
    /// Its certificate in the store; of a fleet the one that ends first.
    pub certificate: Option<Certificate>,
    /// How its certificate stands; of a fleet the one that stands worst.
    pub status: Status,
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

impl Node<'_> {
    /// What it is, in a few words: `CA · ecdsa-p256 · 30 d left`.
    #[must_use]
    pub fn about(&self, now: Timestamp) -> String {
        let mut parts = vec![
            kind(self.entity).to_owned(),
            self.entity.key.value.to_string(),
        ];
        match (self.status, &self.certificate) {
            (Status::Valid | Status::Due, Some(certificate)) => {
                let left = certificate
                    .not_after()
                    .as_second()
                    .saturating_sub(now.as_second());
                parts.push(format!("{} left", crate::report::style::span(left)));
            }
            (Status::Key, _) | (Status::Valid | Status::Due, None) => {}
            (status, _) => parts.push(status.id().to_owned()),
        }
        parts.join(" · ")
    }

    /// Whom it names: its subject, or the first and the last of the fleet.
    #[must_use]
    pub fn subject(&self) -> String {
        match self.last {
            Some(last) => format!("{} … {}", self.entity.id, last.id),
            None => self.entity.subject.to_string(),
        }
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

/// What is drawn of a hierarchy. `certificate_of` gives what the store holds; `is_due` whether it is renewed next.
#[must_use]
pub fn graph<'a>(
    hierarchy: &'a Hierarchy,
    certificate_of: &dyn Fn(&Entity) -> Option<Certificate>,
    is_due: &dyn Fn(&Entity, &Certificate) -> bool,
) -> Graph<'a> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
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
        nodes.push(Node {
            name: fold_.name,
            entity: fold_.entity,
            last: fold_.last,
            issuer,
            depth,
            certificate,
            status,
        });
    }
    Graph { hierarchy, nodes }
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
