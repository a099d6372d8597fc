//! The hierarchy: the entities in the order in which they are made, issuers first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use jiff::Timestamp;

use super::{Entity, Fleet, Reproducible, Target};
use crate::source::{Diagnostic, Diagnostics, Span};

/// The resolved graph of entities. Valid by construction: only [`resolve`](super::resolve()) makes one.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    pub(super) name: String,
    pub(super) env: Option<String>,
    pub(super) now: Timestamp,
    pub(super) reproducible: Option<Reproducible>,
    pub(super) store_dir: Utf8PathBuf,
    pub(super) spec_span: Span,
    pub(super) entities: IndexMap<String, Arc<Entity>>,
    pub(super) children: BTreeMap<String, Vec<usize>>,
    pub(super) targets: Vec<Target>,
    pub(super) fleets: Vec<Fleet>,
    pub(super) revoked_members: Vec<Arc<Entity>>,
    pub(super) keep_going: bool,
    pub(super) left_out: Diagnostics,
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
            entities: IndexMap::new(),
            children: BTreeMap::new(),
            targets: Vec::new(),
            fleets: Vec::new(),
            revoked_members: Vec::new(),
            keep_going: false,
            left_out: Diagnostics::new(),
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

    /// The fleets that lie in packs, in the order of their names. Their members are none of the [entities](Self::entities).
    #[must_use]
    pub fn fleets(&self) -> &[Fleet] {
        &self.fleets
    }

    /// The members of packed fleets that the spec revokes.
    pub fn revoked_members(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.revoked_members.iter()
    }

    /// The CAs and these entities, each issued by one of them: a fleet's members, some at a time.
    #[must_use]
    pub fn with(&self, members: impl IntoIterator<Item = Entity>) -> Self {
        let mut part = Self {
            name: self.name.clone(),
            env: self.env.clone(),
            now: self.now,
            reproducible: self.reproducible.clone(),
            store_dir: self.store_dir.clone(),
            spec_span: self.spec_span,
            targets: self.targets.clone(),
            ..Self::empty()
        };
        for target in &mut part.targets {
            target.devices.clear();
        }
        for ca in self.cas() {
            part.push(Arc::clone(ca));
        }
        for member in members {
            for target in &mut part.targets {
                if target.fleets.contains(&member.family) {
                    target.devices.push(member.id.clone());
                }
            }
            part.push(Arc::new(member));
        }
        part
    }

    /// Adds an entity whose issuer stands already.
    pub(super) fn push(&mut self, entity: Arc<Entity>) {
        let index = self.entities.len();
        if let Some(issuer) = &entity.issuer {
            match self.children.get_mut(&issuer.value) {
                Some(children) => children.push(index),
                None => {
                    self.children.insert(issuer.value.clone(), vec![index]);
                }
            }
        }
        self.entities.insert(entity.id.clone(), entity);
    }

    /// Takes out leaves whose rows have something wrong.
    pub fn leave_out(&mut self, ids: &BTreeSet<String>, why: impl IntoIterator<Item = Diagnostic>) {
        self.left_out.extend(why);
        self.children.clear();
        for (id, entity) in std::mem::take(&mut self.entities) {
            if !ids.contains(&id) {
                self.push(entity);
            }
        }
        for target in &mut self.targets {
            target.devices.retain(|device| !ids.contains(device));
        }
    }

    /// Whether bad rows of fleets are left out.
    #[must_use]
    pub fn keeps_going(&self) -> bool {
        self.keep_going
    }

    /// What is wrong with rows that were left out, but for those of packed fleets.
    #[must_use]
    pub fn left_out(&self) -> &Diagnostics {
        &self.left_out
    }

    /// What resolving had to say besides errors.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// All entities: issuers before what they issue, depth first, siblings in natural order of their ids. The order of
    /// tables in the spec does not matter.
    pub fn entities(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.entities.values()
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
        self.entities.get(id)
    }

    /// The count of an entity's keys, be it a member of a packed fleet, which is walked for it.
    #[must_use]
    pub fn generation(&self, id: &str) -> Option<u32> {
        if let Some(entity) = self.get(id) {
            return Some(entity.generation.value);
        }
        self.fleets.iter().find_map(|fleet| {
            let member = fleet.members().flatten().find(|one| one.id() == id)?;
            let entity = fleet.resolver().entity(&member).ok()?;
            Some(entity.generation.value)
        })
    }

    /// Whether a user's word names an entity or a family. Members of packed fleets are walked for it.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        let named = |entity: &Arc<Entity>| entity.id == name || entity.family == name;
        self.entities().any(named)
            || self.fleets.iter().any(|fleet| {
                fleet.name() == name || fleet.members().flatten().any(|one| one.id() == name)
            })
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
            .filter_map(|index| Some(self.entities.get_index(*index)?.1))
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
