//! A store held for one run, on disk or in memory: what a run can do with either.

use camino::{Utf8Path, Utf8PathBuf};

use super::folder::Folder;
use super::memory::Memory;
use super::{Header, LedgerEntry, LockEntry, NewFile, PackLock, StoreError};

/// A store that this run alone may write.
#[derive(Debug)]
pub struct Store(Ground);

#[derive(Debug)]
enum Ground {
    Folder(Box<Folder>),
    Memory(Memory),
}

impl Store {
    /// Takes a store on disk for this run; its folder is made if it is not there. What a run that died left unfinished
    /// is cleared away: nothing that has a name is.
    ///
    /// # Errors
    /// Another run holds it, it can't be written, or its ledger can't be read.
    pub fn open(dir: &Utf8Path) -> Result<Self, StoreError> {
        Folder::open(dir).map(|folder| Self(Ground::Folder(Box::new(folder))))
    }

    /// An empty store in memory, which touches no disk.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Ground::Memory(Memory::default()))
    }

    /// What was written to a store in memory; none of one on disk.
    #[must_use]
    pub fn into_memory(self) -> Option<Memory> {
        match self.0 {
            Ground::Folder(_) => None,
            Ground::Memory(memory) => Some(memory),
        }
    }

    /// Clears away what a run that died left unfinished, unless another run is at work there.
    pub fn tidy(dir: &Utf8Path) {
        Folder::tidy(dir);
    }

    /// Writes files of an entity. Where they have a folder of their own that is not there yet, it is filled under a
    /// temporary name and renamed once; else each file is renamed by itself, in the order given: a key first, then
    /// its certificate, then what is made of both, so that the next run can finish what this one began.
    ///
    /// # Errors
    /// The disk refuses, a path leaves the store, or another private key is in the way.
    pub fn put_entity(&self, id: &str, files: &[NewFile<'_>]) -> Result<(), StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.put_entity(id, files),
            Ground::Memory(memory) => {
                memory.put(files);
                Ok(())
            }
        }
    }

    /// Copies a key's file into the archive, under SHA-256 of its public key; it stays where it is until something
    /// takes its place or it is removed. Gives its place in the archive, relative to the store. In memory nothing is
    /// replaced that has to be kept.
    ///
    /// # Errors
    /// The archive can't be written, or the path leaves the store.
    pub fn archive_key(
        &self,
        id: &str,
        public_key: &[u8; 32],
        path: &Utf8Path,
    ) -> Result<Utf8PathBuf, StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.archive_key(id, public_key, path),
            Ground::Memory(_) => Ok(path.to_owned()),
        }
    }

    /// Moves a pack into the archive, under its digest. Gives its place there, relative to the store.
    ///
    /// # Errors
    /// The archive can't be written.
    pub fn archive_pack(&self, pack: &PackLock) -> Result<Utf8PathBuf, StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.archive_pack(pack),
            Ground::Memory(_) => Ok(pack.pack.clone()),
        }
    }

    /// Takes over what the archive of another store has.
    ///
    /// # Errors
    /// That can't be read, or this one not be written.
    pub fn take_archive(&self, other: &Utf8Path) -> Result<(), StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.take_archive(other),
            Ground::Memory(_) => Ok(()),
        }
    }

    /// Removes a file, and the folders that it leaves empty.
    ///
    /// # Errors
    /// The disk refuses, or the path leaves the store.
    pub fn remove(&self, path: &Utf8Path) -> Result<(), StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.remove(path),
            Ground::Memory(memory) => {
                memory.remove(path);
                Ok(())
            }
        }
    }

    /// Sets a file's permissions and group.
    ///
    /// # Errors
    /// The system refuses or knows no such group, or the file is elsewhere.
    pub fn set_mode(
        &self,
        path: &Utf8Path,
        mode: u32,
        group: Option<&str>,
    ) -> Result<(), StoreError> {
        match &self.0 {
            Ground::Folder(folder) => folder.set_mode(path, mode, group),
            Ground::Memory(memory) => {
                memory.set_mode(path, mode);
                Ok(())
            }
        }
    }

    /// Notes certificates in the ledger that belong to no plan.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn note(&mut self, ledger: &[LedgerEntry]) -> Result<(), StoreError> {
        match &mut self.0 {
            Ground::Folder(folder) => folder.note(ledger),
            Ground::Memory(_) => Ok(()),
        }
    }

    /// Notes that a pack is as this run has left it, for [`Store::finish`].
    pub fn note_pack(&mut self, pack: &PackLock) {
        if let Ground::Folder(folder) = &mut self.0 {
            folder.note_pack(pack);
        }
    }

    /// Ends the run: everything written is brought to the disk, then the ledger, the cache and last the lock. A lock
    /// that says the same already is not touched.
    ///
    /// # Errors
    /// The disk refuses. What was written stays, and the next run takes it up.
    pub fn finish(
        &mut self,
        header: &Header,
        entries: Vec<LockEntry>,
        packs: &[PackLock],
        ledger: &[LedgerEntry],
    ) -> Result<(), StoreError> {
        match &mut self.0 {
            Ground::Folder(folder) => folder.finish(header, entries, packs, ledger),
            Ground::Memory(memory) => memory.finish(header, entries, packs),
        }
    }
}
