//! A file outside of any store, where the user says: whole or absent, and closed to others if it is a secret.

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::write::{make_folder, set_open_mode, sync_folder};
use super::{StoreError, place};

/// Writes a file, replacing what is there at once. `mode` is its permissions on Unix.
///
/// # Errors
/// The disk refuses.
pub fn write_elsewhere(path: &Utf8Path, bytes: &[u8], mode: u32) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty());
    let folder = folder.unwrap_or(Utf8Path::new("."));
    let write = || -> std::io::Result<()> {
        // Its owner's alone from the first byte.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        set_open_mode(file.as_file(), mode)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    write().map_err(StoreError::io("written", path))
}

/// Reads a file; none if there is none.
///
/// # Errors
/// It can't be read.
pub fn read_elsewhere(path: &Utf8Path) -> Result<Option<Vec<u8>>, StoreError> {
    place::read(path)
}

/// Makes a folder and those above it, readable by all.
///
/// # Errors
/// The disk refuses.
pub fn make_folders(path: &Utf8Path) -> Result<(), StoreError> {
    make_folder(path).map_err(StoreError::io("written", path))
}

/// Removes a file; gives whether there was one.
///
/// # Errors
/// The disk refuses.
pub fn remove_elsewhere(path: &Utf8Path) -> Result<bool, StoreError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if place::is_absent(&error) => Ok(false),
        Err(error) => Err(StoreError::io("removed", path)(error)),
    }
}

/// The folders in a folder, in their order; none if it is none or can't be read.
#[must_use]
pub fn folders_elsewhere(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(found) = path.read_dir_utf8() else {
        return Vec::new();
    };
    let mut folders: Vec<Utf8PathBuf> = found
        .flatten()
        .map(camino::Utf8DirEntry::into_path)
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Whether a path, which need not be there yet, lies below a folder once all links are followed.
///
/// # Errors
/// What is there of it can't be read.
pub fn stays_below(folder: &Utf8Path, path: &Utf8Path) -> Result<bool, StoreError> {
    let real = |path: &Utf8Path| {
        path.canonicalize_utf8()
            .map_err(StoreError::io("read", path))
    };
    let there = path
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok());
    there.map_or(
        Ok(true),
        |there| Ok(real(there)?.starts_with(real(folder)?)),
    )
}
