//! One run at a time: a lock of the system on a file of the store.

use std::fs::{File, TryLockError};

use camino::Utf8Path;

use super::StoreError;
use super::write::open_own;

/// The file that is locked. It stays when the run ends; the lock does not, however the run ends.
pub(super) const GUARD: &str = ".pkiform-guard";

/// Holds a store for this run.
#[derive(Debug)]
pub(super) struct Guard {
    _file: File,
}

impl Guard {
    /// Takes the store.
    ///
    /// # Errors
    /// Another run has it, or the file can't be made.
    pub(super) fn take(dir: &Utf8Path) -> Result<Self, StoreError> {
        let path = dir.join(GUARD);
        let file = open_own(&path).map_err(StoreError::io("written", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Held(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(StoreError::Io {
                path,
                action: "locked",
                source,
            }),
        }
    }
}
