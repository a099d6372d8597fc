//! The store held for one run: entities' files go in, then the ledger, the lock and the cache.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cache::{CACHE, Cache};
use super::guard::Guard;
use super::ledger::{self, LedgerEntry};
use super::lock_file::{self, Header, LOCK, LockEntry};
use super::place::{self, Stamp};
use super::state::{KeyFileState, key_state};
use super::write::{self, Names, NewFile, UNFINISHED, make_folder, sync_folder};
use super::{StoreError, archive};

/// Two branches that each add a device shall merge.
const ATTRIBUTES: &str = "pkiform.lock merge=union\npkiform.ledger merge=union\n";

/// A store that this run alone may write.
#[derive(Debug)]
pub struct Store {
    dir: Utf8PathBuf,
    names: Names,
    written: Mutex<Vec<Utf8PathBuf>>,
    _guard: Guard,
}

impl Store {
    /// Takes a store for this run; its folder is made if it is not there. What a run that died left unfinished is
    /// cleared away: nothing that has a name is.
    ///
    /// # Errors
    /// Another run holds it, or it can't be written.
    pub fn open(dir: &Utf8Path) -> Result<Self, StoreError> {
        make_folder(dir).map_err(StoreError::io("written", dir))?;
        let guard = Guard::take(dir)?;
        let unfinished = dir.join(UNFINISHED);
        clear(&unfinished).map_err(StoreError::io("cleared", &unfinished))?;
        Ok(Self {
            dir: dir.to_owned(),
            names: Names::default(),
            written: Mutex::new(Vec::new()),
            _guard: guard,
        })
    }

    /// The store's folder.
    #[must_use]
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Writes files of an entity. Where they have a folder of their own that is not there yet, it is filled under a
    /// temporary name and renamed once; else each file is renamed by itself, in the order given.
    ///
    /// # Errors
    /// The disk refuses, or another private key is in the way.
    pub fn put_entity(&self, id: &str, files: &[NewFile<'_>]) -> Result<(), StoreError> {
        self.make_unfinished()?;
        match own_folder(files) {
            Some(folder) if !self.dir.join(folder).exists() => self.put_folder(folder, files)?,
            _ => {
                for file in files {
                    self.put_file(id, file)?;
                }
            }
        }
        if let Ok(mut written) = self.written.lock() {
            written.extend(files.iter().map(|file| file.path.to_owned()));
        }
        Ok(())
    }

    fn put_folder(&self, folder: &str, files: &[NewFile<'_>]) -> Result<(), StoreError> {
        let unfinished = self.names.next(&self.dir);
        make_folder(&unfinished).map_err(StoreError::io("written", &unfinished))?;
        let mut durable = false;
        for file in files {
            let Ok(within) = file.path.strip_prefix(folder) else {
                continue;
            };
            let path = unfinished.join(within);
            if let Some(above) = path.parent().filter(|above| *above != unfinished) {
                make_folder(above).map_err(StoreError::io("written", above))?;
            }
            write::create(&path, file, file.durable)?;
            durable |= file.durable;
        }
        if durable {
            sync_folder(&unfinished).map_err(StoreError::io("written", &unfinished))?;
        }
        let place = self.dir.join(folder);
        match fs::rename(&unfinished, &place) {
            Ok(()) => {}
            // Another entity has made the folder meanwhile: its files and ours go side by side.
            Err(_) if place.is_dir() => {
                for file in files {
                    let Ok(within) = file.path.strip_prefix(folder) else {
                        continue;
                    };
                    self.move_in(&unfinished.join(within), &self.dir.join(file.path))?;
                }
                let _ = fs::remove_dir_all(&unfinished);
            }
            Err(error) => return Err(StoreError::io("written", &place)(error)),
        }
        if durable {
            sync_folder(&self.dir).map_err(StoreError::io("written", &self.dir))?;
        }
        Ok(())
    }

    fn put_file(&self, id: &str, file: &NewFile<'_>) -> Result<(), StoreError> {
        let place = self.dir.join(file.path);
        let is_there = place.symlink_metadata().is_ok();
        if is_there && file.mode & 0o004 == 0 {
            self.keep_key(id, file, &place)?;
        }
        let unfinished = self.names.next(&self.dir);
        let sync = file.durable || is_there;
        write::create(&unfinished, file, sync)?;
        self.move_in(&unfinished, &place)?;
        if sync && let Some(folder) = place.parent() {
            sync_folder(folder).map_err(StoreError::io("written", folder))?;
        }
        Ok(())
    }

    /// The last guard over private keys: what is open and another is not overwritten unless the archive has it; what
    /// does not show what it is goes to the archive first.
    fn keep_key(&self, id: &str, file: &NewFile<'_>, place: &Utf8Path) -> Result<(), StoreError> {
        let Some(there) = place::read(place)?.map(Zeroizing::new) else {
            return Ok(());
        };
        if *there == file.bytes {
            return Ok(());
        }
        match (key_state(&there), key_state(file.bytes)) {
            (KeyFileState::Plain { spki_der: old }, KeyFileState::Plain { spki_der: new }) => {
                if old != new {
                    let digest = Sha256::digest(&old).into();
                    if !archive::has(&self.dir, id, &digest, &there)? {
                        return Err(StoreError::KeyInTheWay(place.to_owned()));
                    }
                }
                Ok(())
            }
            (KeyFileState::Plain { spki_der }, _) => {
                archive::keep(&self.dir, id, &Sha256::digest(&spki_der).into(), file.path).map(drop)
            }
            (KeyFileState::Encrypted, _) => {
                archive::keep(&self.dir, id, &Sha256::digest(&*there).into(), file.path).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn move_in(&self, unfinished: &Utf8Path, place: &Utf8Path) -> Result<(), StoreError> {
        match fs::rename(unfinished, place) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = place.parent().unwrap_or(&self.dir);
                make_folder(folder).map_err(StoreError::io("written", folder))?;
                fs::rename(unfinished, place).map_err(StoreError::io("written", place))
            }
            Err(error) => Err(StoreError::io("written", place)(error)),
        }
    }

    /// Puts a key file into the archive; it stays where it is until something takes its place or it is removed.
    /// Gives its place in the archive.
    ///
    /// # Errors
    /// The archive can't be written.
    pub fn archive_key(
        &self,
        id: &str,
        public_key: &[u8; 32],
        path: &Utf8Path,
    ) -> Result<Utf8PathBuf, StoreError> {
        archive::keep(&self.dir, id, public_key, path)
    }

    /// Removes a file, and the folders that it leaves empty.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove(&self, path: &Utf8Path) -> Result<(), StoreError> {
        let place = self.dir.join(path);
        match fs::remove_file(&place) {
            Ok(()) => {}
            Err(error) if place::is_absent(&error) => {}
            Err(error) => return Err(StoreError::io("removed", &place)(error)),
        }
        let mut folder = path.parent();
        while let Some(above) = folder.filter(|above| !above.as_str().is_empty()) {
            // Fails where something else is in it, which is the end.
            if fs::remove_dir(self.dir.join(above)).is_err() {
                break;
            }
            folder = above.parent();
        }
        Ok(())
    }

    /// Sets a file's permissions and group.
    ///
    /// # Errors
    /// The system refuses, or knows no such group.
    pub fn set_mode(
        &self,
        path: &Utf8Path,
        mode: u32,
        group: Option<&str>,
    ) -> Result<(), StoreError> {
        let place = self.dir.join(path);
        write::set_mode(&place, mode, group).map_err(|source| match (group, source.kind()) {
            (Some(group), io::ErrorKind::InvalidInput) => StoreError::Group(group.to_owned()),
            _ => StoreError::Io {
                path: place.clone(),
                action: "changed",
                source,
            },
        })
    }

    /// Ends the run: everything written is brought to the disk, then the ledger, then the lock, then the cache. A lock
    /// that says the same already is not touched.
    ///
    /// # Errors
    /// The disk refuses. What was written stays, and the next run takes it up.
    pub fn finish(
        &mut self,
        header: &Header,
        mut entries: Vec<LockEntry>,
        ledger: &[LedgerEntry],
    ) -> Result<(), StoreError> {
        let dir = self.dir.clone();
        let written = self
            .written
            .get_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        if !written.is_empty() {
            write::sync_all(&dir, &written).map_err(StoreError::io("written", &dir))?;
        }
        if !ledger.is_empty() {
            ledger::append(&dir, ledger)?;
        }
        let lock = dir.join(LOCK);
        let text = lock_file::render(header, &mut entries)
            .map_err(|error| StoreError::io("written", &lock)(error.into()))?;
        if place::read(&lock)?.as_deref() != Some(text.as_bytes()) {
            self.put_own(LOCK, &text, true)?;
        }
        if !dir.join(".gitattributes").exists() {
            self.put_own(".gitattributes", ATTRIBUTES, false)?;
        }
        self.write_cache(&entries, &written)?;
        let _ = fs::remove_dir(dir.join(UNFINISHED));
        Ok(())
    }

    fn write_cache(
        &self,
        entries: &[LockEntry],
        written: &[Utf8PathBuf],
    ) -> Result<(), StoreError> {
        let old = Cache::read(&self.dir);
        let mut known = BTreeMap::new();
        let mut just_written: Vec<&Utf8PathBuf> = written.iter().collect();
        just_written.sort();
        for file in entries.iter().flat_map(|entry| entry.files.values()) {
            let place = self.dir.join(&file.path);
            let Ok(Some(stamp)) = Stamp::of(&place) else {
                continue;
            };
            let sha256 = if just_written.binary_search(&&file.path).is_ok() {
                file.sha256
            } else if let Some(sha256) = old.digest(&file.path, &stamp) {
                sha256
            } else {
                let Ok(octets) = place::read_all(&place).map(Zeroizing::new) else {
                    continue;
                };
                Sha256::digest(&octets).into()
            };
            known.insert(file.path.clone(), (stamp, sha256));
        }
        let files = known
            .into_iter()
            .map(|(path, (stamp, sha256))| (path, stamp, sha256));
        let path = self.dir.join(CACHE);
        let text =
            Cache::render(files).map_err(|error| StoreError::io("written", &path)(error.into()))?;
        self.put_own(CACHE, &text, false)
    }

    /// Writes one of the store's own files.
    fn put_own(&self, name: &str, text: &str, sync: bool) -> Result<(), StoreError> {
        self.make_unfinished()?;
        let file = NewFile {
            path: Utf8Path::new(name),
            bytes: text.as_bytes(),
            mode: 0o644,
            group: None,
            durable: sync,
        };
        let unfinished = self.names.next(&self.dir);
        write::create(&unfinished, &file, sync)?;
        self.move_in(&unfinished, &self.dir.join(name))?;
        if sync {
            sync_folder(&self.dir).map_err(StoreError::io("written", &self.dir))?;
        }
        Ok(())
    }

    fn make_unfinished(&self) -> Result<(), StoreError> {
        let path = self.dir.join(UNFINISHED);
        match fs::create_dir(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(StoreError::io("written", &path)(error)),
        }
    }
}

/// The one folder, directly in the store, that all the files are in.
fn own_folder<'a>(files: &[NewFile<'a>]) -> Option<&'a str> {
    let first = files.first()?.path;
    let folder = first.components().next()?.as_str();
    let shared = files.iter().all(|file| {
        file.path.components().count() > 1
            && file
                .path
                .components()
                .next()
                .is_some_and(|first| first.as_str() == folder)
    });
    shared.then_some(folder)
}

fn clear(unfinished: &Utf8Path) -> io::Result<()> {
    match fs::remove_dir_all(unfinished) {
        Err(error) if !place::is_absent(&error) => Err(error),
        _ => Ok(()),
    }
}
