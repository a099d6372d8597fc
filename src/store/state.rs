//! What is on disk, for planning and verifying: it reads when asked, and keeps no secret.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::StoreError;
use super::cache::Cache;
use super::ledger::{self, LedgerEntry};
use super::listing::Listing;
use super::lock_file::{self, Header, LOCK, LockEntry};
use super::overlay::Overlay;
use super::pack_lock::PackLock;
use super::place;
use crate::crypto::{CryptoError, PrivateKey};
use crate::x509::{Certificate, pem};

/// The state of a store: its lock, and its files as they are when looked at.
#[derive(Debug)]
pub struct State {
    pub(super) dir: Utf8PathBuf,
    pub(super) header: Option<Header>,
    pub(super) lock: BTreeMap<String, LockEntry>,
    /// What the lock says of packs, by their files.
    pub(super) packs: BTreeMap<Utf8PathBuf, PackLock>,
    /// Lines of members of packed fleets that lists are made from.
    pub(super) rows: BTreeMap<String, LockEntry>,
    /// SHA-256 over the lock, if there is one: a fleet's is long, and is not kept.
    pub(super) lock_sha256: Option<[u8; 32]>,
    pub(super) cache: Arc<Cache>,
    /// Of a fleet's members, their files.
    pub(super) overlay: Option<Overlay>,
    /// Whether nothing relative to the store is there, whatever the disk holds.
    pub(super) without_files: bool,
    /// What the ledger says, read when it is asked for.
    pub(super) ledger: OnceLock<Vec<LedgerEntry>>,
    /// What lies directly in the store, read when the first file is looked for.
    pub(super) listing: OnceLock<Listing>,
}

/// A file of the store.
#[derive(Debug)]
pub enum FileState {
    /// There is none.
    Missing,
    /// There is one.
    Present {
        /// SHA-256 of its content.
        sha256: [u8; 32],
        /// Its permissions on Unix; none where there is no such thing, or it lies in a pack.
        mode: Option<u32>,
    },
    /// There is something that can't be read.
    Unreadable(io::Error),
}

/// A private key's file, as far as it shows without a passphrase.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyFileState {
    /// There is none.
    Missing,
    /// It is encrypted.
    Encrypted,
    /// It is open; this is its public half.
    Plain {
        /// DER SubjectPublicKeyInfo.
        spki_der: Vec<u8>,
    },
    /// It holds no key that can be read: why.
    Broken(String),
}

impl State {
    /// Reads the lock of a store; a folder that is not there is an empty store.
    ///
    /// # Errors
    /// The lock can't be read or is none.
    pub fn read(dir: &Utf8Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK);
        let octets = place::read_own(&path)?;
        let has_lock = octets.is_some();
        let lock_text =
            String::from_utf8(octets.unwrap_or_default()).map_err(|_| StoreError::Lock {
                path: path.clone(),
                line: 1,
                what: "it is not UTF-8".to_owned(),
            })?;
        let parsed = if has_lock {
            Some(lock_file::parse(&path, &lock_text)?)
        } else {
            None
        };
        let (header, lock, packs) = match parsed {
            Some(parsed) => (Some(parsed.header), parsed.entries, parsed.packs),
            None => (None, BTreeMap::new(), BTreeMap::new()),
        };
        Ok(Self {
            dir: dir.to_owned(),
            header,
            lock,
            packs,
            rows: BTreeMap::new(),
            lock_sha256: has_lock.then(|| Sha256::digest(&lock_text).into()),
            cache: Arc::new(Cache::read(dir)),
            overlay: None,
            without_files: false,
            ledger: OnceLock::new(),
            listing: OnceLock::new(),
        })
    }

    /// A store that has no files, and no lock: everything is to be made. Files elsewhere are seen.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            dir: Utf8PathBuf::new(),
            header: None,
            lock: BTreeMap::new(),
            packs: BTreeMap::new(),
            rows: BTreeMap::new(),
            lock_sha256: None,
            cache: Arc::default(),
            overlay: None,
            without_files: true,
            ledger: OnceLock::new(),
            listing: OnceLock::new(),
        }
    }

    /// The same store with its lock alone, as in a clone that has no other file of it.
    #[must_use]
    pub fn without_files(&self) -> Self {
        Self {
            dir: self.dir.clone(),
            header: self.header.clone(),
            lock: self.lock.clone(),
            packs: self.packs.clone(),
            rows: self.rows.clone(),
            lock_sha256: self.lock_sha256,
            cache: Arc::default(),
            overlay: None,
            without_files: true,
            ledger: OnceLock::new(),
            listing: OnceLock::new(),
        }
    }

    /// The store's folder.
    #[must_use]
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Refuses a store that belongs to another spec or environment.
    ///
    /// # Errors
    /// It does.
    pub fn check_header(&self, wanted: &Header) -> Result<(), StoreError> {
        match &self.header {
            Some(found) if found != wanted => Err(StoreError::OtherSpec {
                dir: self.dir.clone(),
                found: found.to_string(),
                wanted: wanted.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// SHA-256 over the lock as it was read; none if there is none.
    #[must_use]
    pub fn lock_sha256(&self) -> Option<[u8; 32]> {
        self.lock_sha256
    }

    /// Every certificate that the store ever issued; nothing where the ledger can't be read, which the run that would
    /// write it says.
    pub fn ledger(&self) -> &[LedgerEntry] {
        self.ledger.get_or_init(|| {
            if self.without_files || self.overlay.is_some() {
                return Vec::new();
            }
            ledger::read_ledger(&self.dir).unwrap_or_default()
        })
    }

    /// What the lock knows of an entity.
    #[must_use]
    pub fn locked(&self, id: &str) -> Option<&LockEntry> {
        self.lock.get(id).or_else(|| self.rows.get(id))
    }

    /// The ids that the lock knows, in the order of their text.
    pub fn locked_ids(&self) -> impl Iterator<Item = &str> {
        self.lock.keys().map(String::as_str)
    }

    /// A file by its path, relative to the store or absolute. One whose size, times and number are the cache's counts
    /// as read.
    #[must_use]
    pub fn file(&self, path: &Utf8Path) -> FileState {
        if let Some(overlay) = self.overlay_of(path) {
            return overlay.file(path);
        }
        if self.is_absent(path) {
            return FileState::Missing;
        }
        let full = self.dir.join(path);
        let (stamp, mode) = match place::look(&full) {
            Ok(Some(seen)) => seen,
            Ok(None) => return FileState::Missing,
            Err(error) => return FileState::Unreadable(error),
        };
        match self.cache.digest(path, &stamp) {
            Some(sha256) => FileState::Present { sha256, mode },
            None => self.file_as_read(path),
        }
    }

    /// A file read whole, whatever the cache says.
    #[must_use]
    pub fn file_as_read(&self, path: &Utf8Path) -> FileState {
        if let Some(overlay) = self.overlay_of(path) {
            return overlay.file(path);
        }
        if self.without_files && path.is_relative() {
            return FileState::Missing;
        }
        match place::read_all(&self.dir.join(path)).map(Zeroizing::new) {
            Ok(octets) => FileState::Present {
                sha256: Sha256::digest(&octets).into(),
                mode: self.mode(path),
            },
            Err(error) if place::is_absent(&error) => FileState::Missing,
            Err(error) => FileState::Unreadable(error),
        }
    }

    /// A file's content; none if there is none. Who asks for a key's wipes it.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read_file(&self, path: &Utf8Path) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(overlay) = self.overlay_of(path) {
            return Ok(overlay.read(path).map(<[u8]>::to_vec));
        }
        if self.is_absent(path) {
            return Ok(None);
        }
        place::read(&self.dir.join(path))
    }

    /// A file's permissions on Unix; none where there is no file, or no such thing.
    #[must_use]
    pub fn mode(&self, path: &Utf8Path) -> Option<u32> {
        if self.overlay_of(path).is_some() || self.is_absent(path) {
            return None;
        }
        let (_, mode) = place::look(&self.dir.join(path)).ok()??;
        mode
    }

    /// The first certificate of a PEM or DER file, if it can be read.
    #[must_use]
    pub fn certificate(&self, path: &Utf8Path) -> Option<Certificate> {
        let octets = self.read_file(path).ok()??;
        let der = match pem::certificates(&octets) {
            Ok(found) => found.into_iter().next().unwrap_or(octets),
            Err(_) => octets,
        };
        Certificate::parse(&der).ok()
    }

    /// The public half of a private key's file, PEM or DER.
    #[must_use]
    pub fn public_key(&self, path: &Utf8Path) -> KeyFileState {
        let octets = match self.read_file(path) {
            Ok(Some(octets)) => Zeroizing::new(octets),
            Ok(None) => return KeyFileState::Missing,
            Err(error) => return KeyFileState::Broken(error.to_string()),
        };
        key_state(&octets)
    }

    fn overlay_of(&self, path: &Utf8Path) -> Option<&Overlay> {
        self.overlay.as_ref().filter(|overlay| overlay.covers(path))
    }

    /// Whether a file is known not to be there without a look at it.
    fn is_absent(&self, path: &Utf8Path) -> bool {
        if self.without_files || self.overlay.is_some() {
            // Of a fleet's members, the CAs' few files alone are looked for on disk.
            return self.without_files && path.is_relative();
        }
        let listing = self.listing.get_or_init(|| Listing::read(&self.dir));
        path.is_relative() && listing.lacks(path)
    }
}

/// What a key file's content shows without a passphrase.
#[must_use]
pub fn key_state(octets: &[u8]) -> KeyFileState {
    let is_pem = octets.windows(5).any(|window| window == b"-----");
    let key = if is_pem {
        PrivateKey::from_pem(octets, None)
    } else {
        PrivateKey::from_der(octets)
    };
    match key {
        Ok(key) => KeyFileState::Plain {
            spki_der: key.public_der().to_vec(),
        },
        Err(CryptoError::PassphraseNeeded) => KeyFileState::Encrypted,
        Err(error) => KeyFileState::Broken(error.to_string()),
    }
}

/// Whether every user of the system may read a file, or write it; where permissions are not Unix's, nobody is said to.
#[must_use]
pub fn is_open_to_others(path: &Utf8Path) -> bool {
    let mode = place::look(path).ok().flatten().and_then(|(_, mode)| mode);
    mode.is_some_and(|mode| mode & 0o007 != 0)
}
