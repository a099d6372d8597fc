//! One digest for a whole store: over a canonical listing of its artifacts and its lock.

use camino::Utf8PathBuf;
use sha2::{Digest as _, Sha256};

use super::lock_file::LOCK;
use super::{FileState, State, StoreError, hex};
use crate::catalog::Artifact;

/// The permissions that a private file is said to have where the system has no such thing.
const PRIVATE: u32 = 0o600;

/// A file of the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path, relative to the store, with `/` between its parts.
    pub path: Utf8PathBuf,
    /// The permissions of a private file; of any other they are its umask's business.
    pub mode: Option<u32>,
    /// SHA-256 of its content; of a pack that over its members, since two databases that say the same need not be the same.
    pub sha256: [u8; 32],
}

impl Listed {
    /// Its line: digest, mode in octal (or `-`) and path, with two spaces between.
    #[must_use]
    pub fn line(&self) -> String {
        let mode = match self.mode {
            Some(mode) => format!("{mode:04o}"),
            None => "-".to_owned(),
        };
        format!("{}  {mode:<4}  {}\n", hex::encode(&self.sha256), self.path)
    }
}

/// The artifacts that the lock names and the disk holds, and the lock itself, in the order of their paths' octets. What
/// is history (the ledger, the archive) or this machine's own (the cache) is left out.
///
/// # Errors
/// There is no lock, or a file cannot be read.
pub fn listing(state: &State) -> Result<Vec<Listed>, StoreError> {
    let Some(sha256) = state.lock_sha256() else {
        return Err(StoreError::NoLock(state.dir().to_owned()));
    };
    let mut all = vec![Listed {
        path: LOCK.into(),
        mode: None,
        sha256,
    }];
    for (artifact, file) in state
        .locked_ids()
        .filter_map(|id| state.locked(id))
        .flat_map(|entry| &entry.files)
    {
        let sha256 = match state.file_as_read(&file.path) {
            FileState::Missing => continue,
            FileState::Present { sha256, .. } => sha256,
            FileState::Unreadable(error) => {
                return Err(StoreError::io("read", &state.dir().join(&file.path))(error));
            }
        };
        let is_private = Artifact::ALL
            .iter()
            .any(|known| known.id() == artifact && known.is_secret());
        all.push(Listed {
            path: file.path.clone(),
            mode: is_private.then(|| state.mode(&file.path).unwrap_or(PRIVATE)),
            sha256,
        });
    }
    for line in state.packs() {
        if let Some(pack) = state.pack_as_found(line)? {
            all.push(Listed {
                path: line.pack.clone(),
                mode: Some(state.mode(&line.pack).unwrap_or(PRIVATE)),
                sha256: pack.digest_as_read()?,
            });
        }
    }
    all.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
    Ok(all)
}

/// SHA-256 over the listing's lines, in hexadecimal.
#[must_use]
pub fn digest(listing: &[Listed]) -> String {
    let mut hash = Sha256::new();
    for listed in listing {
        hash.update(listed.line());
    }
    hex::encode(&hash.finalize().into())
}
