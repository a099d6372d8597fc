//! The hierarchy: the entities in the order in which they are made, issuers first.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{Entity, Reproducible, Target};
use crate::source::{Diagnostics, Span};

/// The resolved graph of entities. Valid by construction: only [`resolve`](super::resolve()) makes one.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    pub(super) name: String,
    pub(super) env: Option<String>,
    pub(super) now: Timestamp,
    pub(super) reproducible: Option<Reproducible>,
    pub(super) store_dir: Utf8PathBuf,
    pub(super) spec_span: Span,
    pub(super) entities: Vec<Arc<Entity>>,
    pub(super) index: BTreeMap<String, usize>,
    pub(super) children: BTreeMap<String, Vec<usize>>,
    pub(super) targets: Vec<Target>,
    pub(super) warnings: Diagnostics,
}

impl Hierarchy {
    /// A hierarchy to be filled.
    pub(super) fn empty() -> Self {
        Self {
            name: String::new(),
            env: None,
            now: Timestamp::UNIX_EPOCH,
            reproducible: None,
            store_dir: Utf8PathBuf::new(),
            spec_span: Span::NOWHERE,
            entities: Vec::new(),
            index: BTreeMap::new(),
            children: BTreeMap::new(),
            targets: Vec::new(),
            warnings: Diagnostics::new(),
        }
    }

    /// The spec's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The environment, if one was chosen.
    #[must_use]
    pub fn env(&self) -> Option<&str> {
        self.env.as_deref()
    }

    /// The moment of the run, in whole seconds: what has ended, and what ends soon, is told by it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The moment from which relative dates count, in whole seconds: the epoch of a reproducible PKI, else now.
    #[must_use]
    pub fn epoch(&self) -> Timestamp {
        self.reproducible
            .as_ref()
            .map_or(self.now, |reproducible| reproducible.epoch.value)
    }

    /// The seed and the epoch of a reproducible PKI.
    #[must_use]
    pub fn reproducible(&self) -> Option<&Reproducible> {
        self.reproducible.as_ref()
    }

    /// The store that the spec names, relative to the working folder (`--out` overrides it).
    #[must_use]
    pub fn store_dir(&self) -> &Utf8Path {
        &self.store_dir
    }

    /// The place of the spec's name, for what concerns the spec as a whole.
    #[must_use]
    pub fn spec_span(&self) -> Span {
        self.spec_span
    }

    /// The clouds that it is registered with.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// What resolving had to say besides errors.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// All entities: issuers before what they issue, depth first, siblings in natural order of their ids. The order of
    /// tables in the spec does not matter.
    pub fn entities(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities.iter()
    }

    /// How many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The entity of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Entity>> {
        self.entities.get(*self.index.get(id)?)
    }

    /// The CAs, issuers first.
    pub fn cas(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities().filter(|entity| entity.is_ca())
    }

    /// The entities without an issuer: roots, self-signed leaves and keys.
    pub fn roots(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities().filter(|entity| entity.issuer.is_none())
    }

    /// What this entity issues itself.
    pub fn children(&self, id: &str) -> impl Iterator<Item = &Arc<Entity>> {
        self.children
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|index| self.entities.get(*index))
    }

    /// Its issuer; none for what is self-signed.
    #[must_use]
    pub fn issuer_of(&self, entity: &Entity) -> Option<&Arc<Entity>> {
        self.get(&entity.issuer.as_ref()?.value)
    }

    /// Its issuers, the nearest first, the root last.
    #[must_use]
    pub fn issuers(&self, entity: &Entity) -> Vec<&Arc<Entity>> {
        let mut issuers = Vec::new();
        let mut issuer = self.issuer_of(entity);
        while let Some(ca) = issuer {
            issuers.push(ca);
            issuer = self.issuer_of(ca);
        }
        issuers
    }
}
