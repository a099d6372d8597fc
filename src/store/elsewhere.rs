//! A file outside of any store, where the user says: whole or absent, and closed to others if it is a secret.

use std::io::Write;

use camino::Utf8Path;

use super::StoreError;
use super::write::{set_open_mode, sync_folder};

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
