//! One run at a time: a lock of the system on a file of the store.

use std::fs::{File, TryLockError};
use std::time::Duration;

use camino::Utf8Path;

use super::StoreError;
use super::write::open_own;

/// The file that is locked. It stays when the run ends; the lock does not, however the run ends.
pub(super) const GUARD: &str = ".pkiform-guard";

/// How often it is tried, and how long it is waited between. A program that is being started by the process that held
/// the store before holds its lock too, for the instant between fork and exec.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

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
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(source)) => {
                    return Err(StoreError::Io {
                        path,
                        action: "locked",
                        source,
                    });
                }
            }
        }
        Err(StoreError::Held(dir.to_owned()))
    }
}
