//! Every file below a folder, with what a run must not change unasked.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

/// What is to be known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// SHA-256 of its content.
    pub(crate) digest: [u8; 32],
    /// Its permissions.
    pub(crate) mode: u32,
    /// When its content last changed, in nanoseconds.
    pub(crate) modified: i128,
}

/// The facts of every file below a folder, by its path from there.
pub(crate) fn facts(folder: &Path) -> BTreeMap<String, Facts> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap();
            let metadata = entry.metadata().unwrap();
            let facts = Facts {
                digest: Sha256::digest(fs::read(entry.path()).unwrap()).into(),
                mode: metadata.permissions().mode() & 0o7777,
                modified: i128::from(metadata.mtime()) * 1_000_000_000
                    + i128::from(metadata.mtime_nsec()),
            };
            (path.to_str().unwrap().to_owned(), facts)
        })
        .collect()
}
