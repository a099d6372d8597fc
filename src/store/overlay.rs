//! The files of a fleet's members as they lie in a pack, in the places where they would lie on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::FileState;

/// Some files in memory, and all others of the store missing but for those of the CAs.
#[derive(Debug)]
pub(super) struct Overlay {
    pub(super) files: BTreeMap<Utf8PathBuf, Zeroizing<Vec<u8>>>,
    /// What is looked for on disk.
    pub(super) on_disk: Arc<BTreeSet<Utf8PathBuf>>,
}

impl Overlay {
    /// Whether the overlay answers for a path.
    pub(super) fn covers(&self, path: &Utf8Path) -> bool {
        path.is_relative() && !self.on_disk.contains(path)
    }

    /// A file's content.
    pub(super) fn read(&self, path: &Utf8Path) -> Option<&[u8]> {
        self.files.get(path).map(|content| content.as_slice())
    }

    /// A file as it is.
    pub(super) fn file(&self, path: &Utf8Path) -> FileState {
        match self.read(path) {
            Some(content) => FileState::Present {
                sha256: Sha256::digest(content).into(),
                mode: None,
            },
            None => FileState::Missing,
        }
    }
}
