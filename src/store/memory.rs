//! A store in memory: files by their paths, for who wants a PKI without a disk.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use super::lock_file::{self, LOCK};
use super::write::{self, make_folder};
use super::{Durability, Header, LockEntry, NewFile, PackLock, StoreError};

/// What a run wrote. Its files are wiped when it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    files: Mutex<BTreeMap<Utf8PathBuf, MemoryFile>>,
    lock: String,
}

/// A file in memory. Its `Debug` shows no content.
#[derive(Clone)]
pub struct MemoryFile {
    /// Its content.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The permissions that it would have on Unix.
    pub mode: u32,
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryFile")
            .field("length", &self.bytes.len())
            .field("mode", &self.mode)
            .finish()
    }
}

impl Memory {
    /// The files, by their paths.
    #[must_use]
    pub fn into_files(self) -> BTreeMap<Utf8PathBuf, MemoryFile> {
        self.files
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The text of the lock; empty if nothing was made.
    #[must_use]
    pub fn lock_text(&self) -> &str {
        &self.lock
    }

    pub(super) fn put(&self, files: &[NewFile<'_>]) {
        self.change(|there| {
            there.extend(files.iter().map(|file| {
                let made = MemoryFile {
                    bytes: Zeroizing::new(file.bytes.to_vec()),
                    mode: file.mode,
                };
                (file.path.to_owned(), made)
            }));
        });
    }

    pub(super) fn remove(&self, path: &Utf8Path) {
        self.change(|there| {
            there.remove(path);
        });
    }

    pub(super) fn set_mode(&self, path: &Utf8Path, mode: u32) {
        self.change(|there| {
            if let Some(file) = there.get_mut(path) {
                file.mode = mode;
            }
        });
    }

    pub(super) fn finish(
        &mut self,
        header: &Header,
        mut entries: Vec<LockEntry>,
        packs: &[PackLock],
    ) -> Result<(), StoreError> {
        let mut text = Vec::new();
        lock_file::render(&mut text, header, &mut entries, packs)
            .map_err(StoreError::io("written", Utf8Path::new(LOCK)))?;
        self.lock = String::from_utf8(text).map_err(|error| {
            StoreError::io("written", Utf8Path::new(LOCK))(io::Error::other(error))
        })?;
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<Utf8PathBuf, MemoryFile>)) {
        change(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Writes files into a folder that need be no store.
///
/// # Errors
/// One of them is there, and nothing is written; or the disk refuses, and what was written before stays.
pub fn unpack(
    folder: &Utf8Path,
    files: &BTreeMap<Utf8PathBuf, MemoryFile>,
) -> Result<(), StoreError> {
    let mut places = files.keys().map(|path| folder.join(path));
    if let Some(taken) = places.find(|place| place.symlink_metadata().is_ok()) {
        return Err(StoreError::Taken(taken));
    }
    for (path, file) in files {
        let place = folder.join(path);
        if let Some(above) = place.parent() {
            make_folder(above).map_err(StoreError::io("written", above))?;
        }
        let new = NewFile {
            path,
            bytes: &file.bytes,
            mode: file.mode,
            group: None,
            durability: Durability::Batched,
            private_key: None,
        };
        write::create(&place, &place, &new, false)?;
    }
    Ok(())
}
