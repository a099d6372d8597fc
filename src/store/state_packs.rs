//! What a store's state knows of packs: their lines in the lock, opening them, and members in the place of files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::overlay::Overlay;
use super::pack_lock::shard_of;
use super::place::Stamp;
use super::{LedgerEntry, LockEntry, Owner, Pack, PackLock, PackedRow, State, StoreError};
use crate::hierarchy::{Entity, Fleet, Hierarchy};

impl State {
    /// Whether an entity has a line of its own in the lock.
    #[must_use]
    pub fn is_loose(&self, id: &str) -> bool {
        self.lock.contains_key(id)
    }

    /// What the lock says of packs.
    pub fn packs(&self) -> impl Iterator<Item = &PackLock> {
        self.packs.values()
    }

    /// The packs that the lock knows of fleets which the spec does not have, or not in packs.
    pub fn orphan_packs<'a>(
        &'a self,
        hierarchy: &'a Hierarchy,
    ) -> impl Iterator<Item = &'a PackLock> {
        let is_packed = |name: &str| hierarchy.fleets().iter().any(|fleet| fleet.name() == name);
        self.packs()
            .filter(move |line| line.members > 0 && !is_packed(&line.fleet))
    }

    /// Opens a pack of the store; none if it is yet to be made.
    ///
    /// # Errors
    /// It can't be read, or is another's.
    pub fn pack(&self, owner: &Owner) -> Result<Option<Pack>, StoreError> {
        if self.without_files {
            return Ok(None);
        }
        Pack::open(&self.dir.join(owner.file()), owner)
    }

    /// The packs of a fleet that the store has: the whole one, or its shares as far as the lock knows them.
    ///
    /// # Errors
    /// One can't be read.
    pub fn packs_of(
        &self,
        hierarchy: &Hierarchy,
        fleet: &Fleet,
    ) -> Result<Vec<(Owner, Pack)>, StoreError> {
        let whole = Owner::of(hierarchy, fleet, None);
        let shares = self
            .packs
            .values()
            .filter(|line| line.fleet == fleet.name());
        let shares = shares
            .filter_map(PackLock::shard)
            .map(|shard| Owner::of(hierarchy, fleet, Some(shard)));
        let mut packs = Vec::new();
        for owner in std::iter::once(whole.clone()).chain(shares) {
            if let Some(pack) = self.pack(&owner)? {
                packs.push((owner, pack));
            }
        }
        Ok(packs)
    }

    /// The shares of a fleet that lie in the store, and that the lock does not know: a run that made them, or a merge that
    /// was to take them away, was cut off.
    #[must_use]
    pub fn unknown_shares(&self, hierarchy: &Hierarchy, fleet: &Fleet) -> Vec<Owner> {
        let Ok(entries) = self.dir.read_dir_utf8() else {
            return Vec::new();
        };
        let names = entries.flatten().map(|entry| entry.file_name().to_owned());
        let mut shares: Vec<Owner> = names
            .filter(|name| !self.packs.contains_key(Utf8Path::new(name)))
            .filter_map(|name| shard_of(Utf8Path::new(&name), fleet.name()))
            .map(|shard| Owner::of(hierarchy, fleet, Some(shard)))
            .filter(|owner| self.dir.join(owner.file()).is_file())
            .collect();
        shares.sort_by_key(Owner::file);
        shares
    }

    /// Opens the pack of a line of the lock, if it is there.
    ///
    /// # Errors
    /// It can't be read, or is another's.
    pub fn pack_as_found(&self, line: &PackLock) -> Result<Option<Pack>, StoreError> {
        let Some(header) = self.header.clone() else {
            return Ok(None);
        };
        let owner = Owner {
            header,
            fleet: line.fleet.clone(),
            shard: line.shard(),
        };
        Pack::open(&self.dir.join(&line.pack), &owner)
    }

    /// What the lock says of a pack.
    #[must_use]
    pub fn pack_line(&self, file: &Utf8Path) -> Option<&PackLock> {
        self.packs.get(file)
    }

    /// Whether a pack is as the last run left it, by its size and times alone.
    #[must_use]
    pub fn is_untouched(&self, pack: &Pack) -> bool {
        let name = pack.path().file_name().unwrap_or_default();
        let Ok(Some(stamp)) = Stamp::of(pack.path()) else {
            return false;
        };
        let known = self.packs.get(Utf8Path::new(name));
        known.is_some_and(|known| {
            self.cache.digest(Utf8Path::new(name), &stamp) == Some(known.sha256)
        })
    }

    /// Takes up what packs know of the members that the spec revokes: lists are made from that.
    ///
    /// # Errors
    /// A pack can't be read.
    pub fn take_up_revoked(&mut self, hierarchy: &Hierarchy) -> Result<(), StoreError> {
        for fleet in hierarchy
            .fleets()
            .iter()
            .filter(|fleet| fleet.has_revocations())
        {
            let of_fleet = hierarchy
                .revoked_members()
                .filter(|one| one.family == fleet.name());
            let ids: Vec<&str> = of_fleet.map(|member| member.id.as_str()).collect();
            for (_, pack) in self.packs_of(hierarchy, fleet)? {
                let rows = pack.rows(ids.iter().copied())?;
                let issued = pack.issued(ids.iter().copied())?;
                self.take_up(rows.into_iter().map(|row| row.entry), issued);
            }
        }
        Ok(())
    }

    fn take_up(&mut self, rows: impl IntoIterator<Item = LockEntry>, issued: Vec<LedgerEntry>) {
        self.rows
            .extend(rows.into_iter().map(|entry| (entry.id.clone(), entry)));
        if !issued.is_empty() {
            let mut all = self.ledger().to_vec();
            all.extend(issued);
            self.ledger = OnceLock::from(all);
        }
    }

    /// The paths that [`Self::with_rows`] goes on looking for on disk: the files of these entities.
    #[must_use]
    pub fn paths_of<'a>(
        &self,
        entities: impl Iterator<Item = &'a Entity>,
    ) -> Arc<BTreeSet<Utf8PathBuf>> {
        let mut paths = BTreeSet::new();
        for entity in entities {
            paths.extend(entity.outputs.iter().map(|output| output.path.clone()));
            let locked = self.lock.get(&entity.id).into_iter();
            paths.extend(
                locked
                    .flat_map(|entry| entry.files.values())
                    .map(|file| file.path.clone()),
            );
        }
        Arc::new(paths)
    }

    /// The state in which these members of a packed fleet stand below the CAs: their lines and files are those of the
    /// pack, in the places that the entities give them. `on_disk` is what [`Self::paths_of`] says of the CAs.
    #[must_use]
    pub fn with_rows(
        &self,
        part: &Hierarchy,
        rows: impl IntoIterator<Item = PackedRow>,
        on_disk: &Arc<BTreeSet<Utf8PathBuf>>,
    ) -> Self {
        let known = part.cas().filter_map(|ca| self.lock.get_key_value(&ca.id));
        let mut lock: BTreeMap<String, LockEntry> = known
            .map(|(id, entry)| (id.clone(), entry.clone()))
            .collect();
        let mut files = BTreeMap::new();
        for mut row in rows {
            let entity = part.get(&row.entry.id);
            let output = |artifact: &str| {
                let outputs = entity
                    .map(|entity| entity.outputs.as_slice())
                    .unwrap_or_default();
                outputs
                    .iter()
                    .find(|output| output.artifact.id() == artifact)
            };
            let id = &row.entry.id;
            let place = |artifact: &str| match output(artifact) {
                Some(output) => output.path.clone(),
                None => format!("{id}/{artifact}").into(),
            };
            for (artifact, file) in &mut row.entry.files {
                file.path = place(artifact);
            }
            files.extend(
                row.files
                    .into_iter()
                    .map(|(artifact, content)| (place(&artifact), content)),
            );
            lock.insert(row.entry.id.clone(), row.entry);
        }
        Self {
            dir: self.dir.clone(),
            header: self.header.clone(),
            lock,
            packs: BTreeMap::new(),
            rows: BTreeMap::new(),
            lock_sha256: None,
            cache: Arc::clone(&self.cache),
            overlay: Some(Overlay {
                files,
                on_disk: Arc::clone(on_disk),
            }),
            without_files: self.without_files,
            ledger: OnceLock::new(),
            listing: OnceLock::new(),
        }
    }
}
