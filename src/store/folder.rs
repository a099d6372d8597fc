//! A store on disk, held for one run: entities' files go in, then the ledger, the lock and the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cache::{CACHE, Cache};
use super::guard::Guard;
use super::layout::Ground;
use super::ledger::{Ledger, LedgerEntry};
use super::listing::Listing;
use super::lock_file::{self, FileLock, Header, LOCK, LockEntry};
use super::place::{self, Stamp};
use super::state::{KeyFileState, key_state};
use super::write::{
    self, Durability, Names, NewFile, UNFINISHED, make_folder, make_private_folder, sync_folder,
};
use super::{PackLock, StoreError, archive};

/// Two branches that each add a device shall merge.
const ATTRIBUTES: &str = "pkiform.lock merge=union\npkiform.ledger merge=union\n";

/// Longer than the ticks in which Linux counts the times of files: 10 ms at most.
const TICK: Duration = Duration::from_millis(11);

/// A store that this run alone may write.
#[derive(Debug)]
pub(super) struct Folder {
    dir: Utf8PathBuf,
    ground: Ground,
    names: Names,
    /// What lies directly in the folder, this run's work included.
    listing: Mutex<Listing>,
    /// What this run wrote, as it was when it was written.
    written: Mutex<Vec<(Utf8PathBuf, Stamp)>>,
    ledger: Ledger,
    /// Packs as this run has left them.
    packs: BTreeMap<Utf8PathBuf, (Stamp, [u8; 32])>,
    _guard: Guard,
}

impl Folder {
    /// Takes a store for this run; its folder is made if it is not there. What a run that died left unfinished is
    /// cleared away: nothing that has a name is.
    ///
    /// # Errors
    /// Another run holds it, it can't be written, or its ledger can't be read.
    pub(super) fn open(dir: &Utf8Path) -> Result<Self, StoreError> {
        make_folder(dir).map_err(StoreError::io("written", dir))?;
        let guard = Guard::take(dir)?;
        let unfinished = dir.join(UNFINISHED);
        clear(&unfinished)
            .and_then(|()| make_private_folder(&unfinished))
            .map_err(StoreError::io("written", &unfinished))?;
        Ok(Self {
            dir: dir.to_owned(),
            ground: Ground::new(dir)?,
            names: Names::default(),
            listing: Mutex::new(Listing::read(dir)),
            written: Mutex::default(),
            // A damaged one stops the run before it issues anything.
            ledger: Ledger::read(dir)?,
            packs: BTreeMap::new(),
            _guard: guard,
        })
    }

    /// As [`super::Store::tidy`].
    pub(super) fn tidy(dir: &Utf8Path) {
        if dir.join(UNFINISHED).exists() {
            drop(Self::open(dir));
        }
    }

    /// Writes files of an entity. Where they have a folder of their own that is not there yet, it is filled under a
    /// temporary name and renamed once; else each file is renamed by itself, in the order given: a key first, then
    /// its certificate, then what is made of both, so that the next run can finish what this one began.
    ///
    /// # Errors
    /// The disk refuses, a path leaves the store, or another private key is in the way.
    pub(super) fn put_entity(&self, id: &str, files: &[NewFile<'_>]) -> Result<(), StoreError> {
        if let Some(folder) = own_folder(files) {
            let is_new = self.is_free(folder.into());
            let is_whole = is_new && self.put_folder(folder, files)?;
            if is_new && let Ok(mut listing) = self.listing.lock() {
                listing.note(folder.into());
            }
            if is_whole {
                return Ok(());
            }
        }
        for file in files {
            self.put_file(id, file)?;
        }
        Ok(())
    }

    /// Whether nothing has a name directly in the store.
    fn is_free(&self, name: &Utf8Path) -> bool {
        let is_lacking = self.listing.lock().is_ok_and(|listing| listing.lacks(name));
        let look = || self.dir.join(name).symlink_metadata();
        is_lacking || look().is_err_and(|error| place::is_absent(&error))
    }

    /// Makes a folder with files in it, at once; `false` if something has come to stand there meanwhile.
    fn put_folder(&self, folder: &str, files: &[NewFile<'_>]) -> Result<bool, StoreError> {
        let place = self.dir.join(folder);
        let unfinished = self.names.next(&self.dir);
        make_folder(&unfinished).map_err(StoreError::io("written", &place))?;
        let mut folders = BTreeSet::from([unfinished.clone()]);
        let mut stamps = Vec::with_capacity(files.len());
        let mut synced = false;
        for file in files {
            let to = self.ground.new_place(file.path)?;
            let path = unfinished.join(file.path.strip_prefix(folder).unwrap_or(file.path));
            if let Some(above) = path.parent()
                && !folders.contains(above)
            {
                make_folder(above).map_err(StoreError::io("written", &to))?;
                let new = above.ancestors().take_while(|above| *above != unfinished);
                folders.extend(new.map(Utf8Path::to_owned));
            }
            let sync = file.durability == Durability::Synced;
            stamps.push((file.path.to_owned(), write::create(&path, &to, file, sync)?));
            synced |= sync;
        }
        if synced {
            for folder in &folders {
                sync_folder(folder).map_err(StoreError::io("written", &place))?;
            }
        }
        match fs::rename(&unfinished, &place) {
            Ok(()) => {}
            // To put files there one by one says what is wrong, if anything is.
            Err(_) if place.symlink_metadata().is_ok() => {
                clear(&unfinished).map_err(StoreError::io("written", &place))?;
                return Ok(false);
            }
            Err(error) => return Err(StoreError::io("written", &place)(error)),
        }
        if synced {
            sync_folder(&self.dir).map_err(StoreError::io("written", &self.dir))?;
        }
        self.remember(stamps);
        Ok(true)
    }

    fn put_file(&self, id: &str, file: &NewFile<'_>) -> Result<(), StoreError> {
        let place = self.ground.place(file.path)?;
        let is_there = place.symlink_metadata().is_ok();
        if is_there {
            self.keep_key(id, file, &place)?;
        }
        let unfinished = self.names.next(&self.dir);
        let sync = file.durability == Durability::Synced || is_there;
        let stamp = write::create(&unfinished, &place, file, sync)?;
        self.move_in(&unfinished, &place)?;
        if sync && let Some(folder) = place.parent() {
            sync_folder(folder).map_err(StoreError::io("written", folder))?;
        }
        // To be renamed changes a file's stamp.
        if let Ok(Some(now)) = Stamp::of(&place)
            && now.is_content_of(&stamp)
        {
            self.remember([(file.path.to_owned(), now)]);
        }
        Ok(())
    }

    fn remember(&self, stamps: impl IntoIterator<Item = (Utf8PathBuf, Stamp)>) {
        if let Ok(mut written) = self.written.lock() {
            written.extend(stamps);
        }
    }

    /// The last guard over private keys. One that shows to be another than the new one is not overwritten unless the
    /// archive has it: that takes the user's word. One that does not show what it is, or that something else than a
    /// key takes the place of, goes to the archive first.
    fn keep_key(&self, id: &str, file: &NewFile<'_>, place: &Utf8Path) -> Result<(), StoreError> {
        let Some(there) = place::read(place)?.map(Zeroizing::new) else {
            return Ok(());
        };
        // What a failing power supply left empty holds no key.
        if there.is_empty() || *there == file.bytes {
            return Ok(());
        }
        let print = match (key_state(&there), file.private_key) {
            (KeyFileState::Plain { spki_der }, new) => {
                let old: [u8; 32] = Sha256::digest(&spki_der).into();
                match new {
                    // The same key otherwise wrapped.
                    Some(new) if new == old => return Ok(()),
                    Some(_) if !archive::has(&self.dir, id, &there)? => {
                        return Err(StoreError::KeyInTheWay(place.to_owned()));
                    }
                    _ => old,
                }
            }
            (KeyFileState::Encrypted, _) | (KeyFileState::Broken(_), Some(_)) => {
                Sha256::digest(&*there).into()
            }
            (KeyFileState::Broken(_) | KeyFileState::Missing, _) => return Ok(()),
        };
        if !archive::has(&self.dir, id, &there)? {
            self.archive_key(id, &print, file.path)?;
        }
        Ok(())
    }

    fn move_in(&self, unfinished: &Utf8Path, place: &Utf8Path) -> Result<(), StoreError> {
        let moved = match fs::rename(unfinished, place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = place.parent().unwrap_or(&self.dir);
                make_folder(folder).and_then(|()| fs::rename(unfinished, place))
            }
            moved => moved,
        };
        if moved.is_err() {
            let _ = fs::remove_file(unfinished);
        }
        moved.map_err(StoreError::io("written", place))
    }

    /// Copies a key's file into the archive, under SHA-256 of its public key; it stays where it is until something
    /// takes its place or it is removed. Gives its place in the archive, relative to the store.
    ///
    /// # Errors
    /// The archive can't be written, or the path leaves the store.
    pub(super) fn archive_key(
        &self,
        id: &str,
        public_key: &[u8; 32],
        path: &Utf8Path,
    ) -> Result<Utf8PathBuf, StoreError> {
        self.ground.place(path)?;
        self.ground.archive(id)?;
        archive::keep(&self.dir, id, public_key, path, &self.names.next(&self.dir))
    }

    /// As [`super::Store::archive_pack`].
    pub(super) fn archive_pack(&self, pack: &PackLock) -> Result<Utf8PathBuf, StoreError> {
        self.ground.place(&pack.pack)?;
        self.ground.archive(&pack.fleet)?;
        archive::move_in(&self.dir, pack)
    }

    /// As [`super::Store::take_archive`].
    pub(super) fn take_archive(&self, other: &Utf8Path) -> Result<(), StoreError> {
        archive::take(&self.dir, other, || self.names.next(&self.dir))
    }

    /// Removes a file, and the folders that it leaves empty.
    ///
    /// # Errors
    /// The disk refuses, or the path leaves the store.
    pub(super) fn remove(&self, path: &Utf8Path) -> Result<(), StoreError> {
        let place = self.ground.place(path)?;
        match fs::remove_file(&place) {
            Ok(()) => {}
            Err(error) if place::is_absent(&error) => {}
            Err(error) => return Err(StoreError::io("removed", &place)(error)),
        }
        for above in path
            .ancestors()
            .skip(1)
            .filter(|above| !above.as_str().is_empty())
        {
            // Fails where something else is in it, which is the end.
            if fs::remove_dir(self.dir.join(above)).is_err() {
                break;
            }
            self.ground.forget(above);
        }
        Ok(())
    }

    /// Sets a file's permissions and group.
    ///
    /// # Errors
    /// The system refuses or knows no such group, or the file is elsewhere.
    pub(super) fn set_mode(
        &self,
        path: &Utf8Path,
        mode: u32,
        group: Option<&str>,
    ) -> Result<(), StoreError> {
        let place = self.ground.place(path)?;
        if place.is_symlink() {
            return Err(StoreError::Outside {
                dir: self.dir.clone(),
                path: path.to_owned(),
                fault: "is a link to a file elsewhere, whose mode is not the store's to set",
            });
        }
        write::set_mode(&place, mode, group)
    }

    /// As [`super::Store::note_pack`].
    pub(super) fn note_pack(&mut self, pack: &PackLock) {
        if let Ok(Some(stamp)) = Stamp::of(&self.dir.join(&pack.pack)) {
            self.packs.insert(pack.pack.clone(), (stamp, pack.sha256));
        }
    }

    /// As [`super::Store::note`].
    pub(super) fn note(&mut self, ledger: &[LedgerEntry]) -> Result<(), StoreError> {
        self.ledger.append(ledger)
    }

    /// Ends the run: everything written is brought to the disk, then the ledger, the cache and last the lock. A lock
    /// that says the same already is not touched.
    ///
    /// # Errors
    /// The disk refuses. What was written stays, and the next run takes it up.
    pub(super) fn finish(
        &mut self,
        header: &Header,
        mut entries: Vec<LockEntry>,
        packs: &[PackLock],
        ledger: &[LedgerEntry],
    ) -> Result<(), StoreError> {
        let dir = self.dir.clone();
        let written = self.written.get_mut().map(std::mem::take);
        let written: IndexMap<_, _> = written.unwrap_or_default().into_iter().collect();
        if !written.is_empty() {
            write::sync_all(&dir, written.keys()).map_err(StoreError::io("written", &dir))?;
        }
        self.ledger.append(ledger)?;
        if !dir.join(".gitattributes").exists() {
            let unfinished = self.names.next(&dir);
            let place = dir.join(".gitattributes");
            write::compose(&unfinished, &place, false, |to| {
                to.write_all(ATTRIBUTES.as_bytes())
            })?;
            self.move_in(&unfinished, &place)?;
        }
        let lock = self.names.next(&dir);
        write::compose(&lock, &dir.join(LOCK), true, |to| {
            lock_file::render(to, header, &mut entries, packs)
        })?;
        self.await_tick();
        // The run is done without it; the next one only reads more.
        let _ = self.write_cache(&entries, packs, &written);
        // Last, since a next run that finds the lock right does nothing.
        let place = dir.join(LOCK);
        let same = place::are_equal(&lock, &place).map_err(StoreError::io("read", &place))?;
        if same {
            return fs::remove_file(&lock).map_err(StoreError::io("removed", &lock));
        }
        self.move_in(&lock, &place)?;
        sync_folder(&dir).map_err(StoreError::io("written", &dir))
    }

    /// Waits until the file system's clock has left the time at which the packs were written: within one tick it proves
    /// nothing of a file, and to read a pack again is dear.
    fn await_tick(&self) {
        let times = self.packs.values();
        let Some(last) = times
            .map(|(stamp, _)| stamp.modified.max(stamp.changed))
            .max()
        else {
            return;
        };
        let begun = Instant::now();
        while begun.elapsed() < TICK {
            let probe = self.names.next(&self.dir);
            let now = File::create_new(&probe).and_then(|_| Stamp::of(&probe));
            let _ = fs::remove_file(&probe);
            if now.is_ok_and(|now| now.is_some_and(|now| now.modified > last)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn write_cache(
        &self,
        entries: &[LockEntry],
        packs: &[PackLock],
        written: &IndexMap<Utf8PathBuf, Stamp>,
    ) -> Result<(), StoreError> {
        let old = Cache::read(&self.dir);
        // Where a file system sets a file's time after it was written (NFS), one file shows it.
        let keeps_stamps = written
            .iter()
            .next()
            .is_some_and(|(path, stamp)| self.stamp(path) == Some(*stamp));
        let unfinished = self.names.next(&self.dir);
        let place = self.dir.join(CACHE);
        write::compose(&unfinished, &place, false, |to| {
            Cache::begin(to)?;
            for file in entries.iter().flat_map(|entry| entry.files.values()) {
                let as_written = written.get(&file.path);
                let found = match as_written.filter(|_| keeps_stamps) {
                    // Who changes it from now on changes its stamp too.
                    Some(stamp) => Some((*stamp, file.sha256)),
                    None => self.look(file, as_written, &old),
                };
                if let Some((stamp, sha256)) = found {
                    Cache::add(to, &file.path, stamp, sha256)?;
                }
            }
            for pack in packs {
                let Some(stamp) = self.stamp(&pack.pack) else {
                    continue;
                };
                // Otherwise than of a file, the digest of a pack is not its content's, and only who wrote it knows it.
                let as_left = self.packs.get(&pack.pack) == Some(&(stamp, pack.sha256));
                if as_left || old.digest(&pack.pack, &stamp) == Some(pack.sha256) {
                    Cache::add(to, &pack.pack, stamp, pack.sha256)?;
                }
            }
            Ok(())
        })?;
        self.move_in(&unfinished, &place)
    }

    /// A file's stamp and digest; it is read only if neither this run nor an earlier one knows it as it is.
    fn look(
        &self,
        file: &FileLock,
        as_written: Option<&Stamp>,
        old: &Cache,
    ) -> Option<(Stamp, [u8; 32])> {
        let stamp = self.stamp(&file.path)?;
        // Another program may have changed a file since this run wrote it.
        let sha256 = if as_written.is_some_and(|then| then.is_content_of(&stamp)) {
            file.sha256
        } else if let Some(sha256) = old.digest(&file.path, &stamp) {
            sha256
        } else {
            let octets = place::read_all(&self.dir.join(&file.path)).ok()?;
            Sha256::digest(&*Zeroizing::new(octets)).into()
        };
        Some((stamp, sha256))
    }

    fn stamp(&self, path: &Utf8Path) -> Option<Stamp> {
        Stamp::of(&self.dir.join(path)).ok().flatten()
    }
}

/// What a run could not finish is taken away with it; a run that is killed leaves that to the next one.
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = clear(&self.dir.join(UNFINISHED));
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
