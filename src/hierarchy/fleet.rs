//! A fleet that lies in a pack: its members are resolved as they are walked, and never all held.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use camino::Utf8PathBuf;
use sha2::{Digest as _, Sha256};

use super::build;
use super::expand::{Expansion, Members, Seed};
use super::family::Family;
use super::issuer::Names;
use super::{Entity, Revocation};
use crate::catalog::Artifact;
use crate::source::{Diagnostic, Diagnostics, Span, Spanned, nearest};
use crate::spec::{OutputTable, PackTable};

/// What the members of packed fleets are resolved against: everything else that the spec declares.
pub(super) struct Ground {
    pub(super) families: Vec<Family>,
    /// Of all that is no packed fleet.
    pub(super) seeds: Vec<Seed>,
    pub(super) members: Members,
    pub(super) store: OutputTable,
    pub(super) spec_dir: Utf8PathBuf,
    /// SHA-256 over what templates and paths see beside their own table.
    pub(super) digest: [u8; 32],
}

/// A fleet that lies in a pack.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    ground: Arc<Ground>,
    /// Its family's place in the ground.
    family: usize,
    name: String,
    span: Span,
    pack: Spanned<PackTable>,
    expansion: Expansion,
    /// What the spec says is revoked, by the words that it uses for a member.
    revoked: BTreeMap<String, Revocation>,
}

/// A member that is walked by: its id, and what it is resolved from.
#[derive(Debug)]
pub struct Member(Seed);

impl Member {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The row or item that it is made for, if it is made for one.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.0.item
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("name", &self.0.name)
            .field("pack", &self.0.pack.value)
            .finish_non_exhaustive()
    }
}

impl Fleet {
    pub(super) fn new(
        ground: &Arc<Ground>,
        family: usize,
        expansion: Expansion,
        revoked: BTreeMap<String, Revocation>,
    ) -> Option<Self> {
        let table = ground.families.get(family)?;
        Some(Self(Arc::new(Inner {
            family,
            name: table.name.clone(),
            span: table.span,
            pack: table.table.pack?,
            expansion,
            revoked,
            ground: Arc::clone(ground),
        })))
    }

    /// The name of its table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it is declared.
    #[must_use]
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// How it is packed, and where that is said.
    #[must_use]
    pub fn pack(&self) -> Spanned<PackTable> {
        self.0.pack
    }

    /// Its members, in the spec's order. Each call begins anew.
    pub fn members(&self) -> impl Iterator<Item = Result<Member, Diagnostic>> + Send + '_ {
        let family = self.0.ground.families.get(self.0.family);
        family
            .into_iter()
            .flat_map(|family| self.0.expansion.seeds(self.0.family, family))
            .map(|seed| seed.map(Member))
    }

    /// What resolves its members; made once for many.
    #[must_use]
    pub fn resolver(&self) -> Resolver<'_> {
        let ground = &*self.0.ground;
        Resolver {
            fleet: &self.0,
            names: Names::new(&ground.seeds, &ground.families, &ground.members),
        }
    }

    /// The spec's revocations that name no member which was found; each an error.
    fn unknown_revocations(&self, found: &BTreeSet<String>) -> Diagnostics {
        let mut faults = Diagnostics::new();
        for (said, revocation) in &self.0.revoked {
            if found.contains(said) {
                continue;
            }
            let ids: Vec<String> = self
                .members()
                .flatten()
                .map(|one| one.0.id)
                .take(10_000)
                .collect();
            let full = format!("{}-{said}", self.0.name);
            let error = Diagnostic::error(
                "unknown-entity",
                format!("`{}` has no `{said}` to be revoked", self.0.name),
            )
            .at(revocation.span, "no such entity");
            faults.push(match nearest(&full, ids.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(
                    "what left the spec stays in its CA's list by itself, and is not named any more",
                ),
            });
        }
        faults
    }

    /// The first of its members, resolved; none if there is none, or it has a fault.
    #[must_use]
    pub fn first(&self) -> Option<Entity> {
        let member = self.members().next()?.ok()?;
        self.resolver().entity(&member).ok()
    }

    /// Whether its members bring their public keys.
    #[must_use]
    pub fn has_given_keys(&self) -> bool {
        let family = self.0.ground.families.get(self.0.family);
        family.is_some_and(|family| family.table.public_key.is_some() || family.table.csr.is_some())
    }

    /// Whether the spec revokes any of its members.
    #[must_use]
    pub fn has_revocations(&self) -> bool {
        !self.0.revoked.is_empty()
    }

    /// The profile that its members take.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.0
            .ground
            .families
            .get(self.0.family)?
            .profile
            .as_deref()
    }

    /// SHA-256 over everything in the spec on which its members depend.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let inner = &self.0;
        let mut hash = Sha256::new();
        hash.update(inner.ground.digest);
        if let Some(family) = inner.ground.families.get(inner.family) {
            hash.update(family.digest);
        }
        hash.update(inner.expansion.digest());
        for (said, revocation) in &inner.revoked {
            let line = format!(
                "{said}\n{:?}\n{}\n{:?}\n{:?}\n",
                revocation.reason,
                revocation.date,
                revocation.invalidity_date,
                revocation.generation
            );
            hash.update(line);
        }
        hash.finalize().into()
    }
}

impl Inner {
    fn revocation(&self, seed: &Seed) -> Option<(&str, &Revocation)> {
        if self.revoked.is_empty() {
            return None;
        }
        let stem = seed.id.strip_prefix(&self.name);
        let stem = stem.and_then(|stem| stem.strip_prefix('-'));
        [Some(seed.id.as_str()), stem, seed.item_name.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|word| self.revoked.get_key_value(word))
            .map(|(said, revocation)| (said.as_str(), revocation))
    }
}

/// Resolves the members of a fleet.
pub struct Resolver<'a> {
    fleet: &'a Inner,
    names: Names<'a>,
}

impl fmt::Debug for Resolver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resolver").field(&self.fleet.name).finish()
    }
}

impl Resolver<'_> {
    /// Resolves a member. Its chain lies in the pack once for all, and is none of its files.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn entity(&self, member: &Member) -> Result<Entity, Diagnostics> {
        let ground = &*self.fleet.ground;
        let mut diagnostics = Diagnostics::new();
        let Some(family) = ground.families.get(self.fleet.family) else {
            return Err(diagnostics);
        };
        let issuer = self.names.issuer(&member.0)?.and_then(|issuer| {
            let id = ground.seeds.get(issuer.value)?.id.clone();
            Some(Spanned::new(id, issuer.span))
        });
        let revoked = self.fleet.revocation(&member.0);
        let place = build::Place {
            issuer,
            has_ca_below: false,
            store: &ground.store,
            spec_dir: &ground.spec_dir,
            revoked: revoked.map(|(_, revocation)| revocation.clone()),
        };
        let entity = build::entity(family, &member.0, &place, &mut diagnostics);
        match entity {
            Some(mut entity) if !diagnostics.has_errors() => {
                entity
                    .outputs
                    .retain(|output| !is_by_reference(output.artifact));
                Ok(entity)
            }
            _ => Err(diagnostics),
        }
    }
}

/// What a pack holds once for all members that share it.
fn is_by_reference(artifact: Artifact) -> bool {
    matches!(
        artifact,
        Artifact::Chain | Artifact::Fullchain | Artifact::Ca
    )
}

/// The members of fleets that the spec revokes: they stand in the lists of their CAs, whatever becomes of them.
pub(super) fn revoked_members(fleets: &[Fleet], diagnostics: &mut Diagnostics) -> Vec<Arc<Entity>> {
    let mut revoked = Vec::new();
    for fleet in fleets.iter().filter(|fleet| !fleet.0.revoked.is_empty()) {
        let resolver = fleet.resolver();
        let mut found = BTreeSet::new();
        // What is wrong with another member is said when it is resolved.
        for member in fleet.members().flatten() {
            let Some((said, _)) = fleet.0.revocation(&member.0) else {
                continue;
            };
            found.insert(said.to_owned());
            if let Ok(entity) = resolver.entity(&member) {
                revoked.push(Arc::new(entity));
            }
        }
        diagnostics.extend(fleet.unknown_revocations(&found));
    }
    revoked
}
