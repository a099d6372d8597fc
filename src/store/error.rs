//! What can go wrong with the disk; each sentence says what to do.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

/// Why the store could not be read or written. Nothing is lost or half-written when one comes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system refused.
    #[error("`{path}` can't be {action}: {}", explain(source))]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What was tried: `written`, `read`.
        action: &'static str,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A folder that is no store.
    #[error("there is no pkiform.lock in `{0}`; name a store that `pkiform apply` has made")]
    NoLock(Utf8PathBuf),
    /// A file is where another would be written outside of a store.
    #[error("`{0}` is there already and is not overwritten; choose another folder")]
    Taken(Utf8PathBuf),
    /// A pack can't be read or written.
    #[error("the pack `{path}`: {what}; {todo}")]
    Pack {
        /// Its file.
        path: Utf8PathBuf,
        /// What is wrong.
        what: String,
        /// What to do.
        todo: &'static str,
    },
    /// Another run is at work.
    #[error("another run of pkiform holds the store `{0}`; wait until it ends, then run again")]
    Held(Utf8PathBuf),
    /// A line of the lock file says nothing that can be read.
    #[error(
        "`{path}` line {line}: {what}; take it back from version control, or mend the line (the certificates are not touched meanwhile)"
    )]
    Lock {
        /// The lock file.
        path: Utf8PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The lock file is of a later pkiform.
    #[error(
        "`{path}` is of version {found}, this pkiform reads version {known}; use the pkiform that wrote it, or a newer one"
    )]
    NewerLock {
        /// The lock file.
        path: Utf8PathBuf,
        /// Its version.
        found: u64,
        /// The version that this pkiform writes.
        known: u64,
    },
    /// The store is another spec's, or another environment's.
    #[error(
        "the store `{dir}` is that of {found}, not of {wanted}; choose another folder with `--out`"
    )]
    OtherSpec {
        /// The store.
        dir: Utf8PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it would have to be.
        wanted: String,
    },
    /// A private key is where another would be written.
    #[error(
        "`{0}` holds another private key, which is not overwritten; move it away, or allow its replacement"
    )]
    KeyInTheWay(Utf8PathBuf),
    /// A path leads out of the store.
    #[error("`{path}` {fault} (store `{dir}`); nothing outside of it is touched")]
    Outside {
        /// The store.
        dir: Utf8PathBuf,
        /// The path, relative to it.
        path: Utf8PathBuf,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The user is in no such group.
    #[error("`{path}` can't be given to group `{group}`: you must be in it, or be root")]
    NotYourGroup {
        /// The file.
        path: Utf8PathBuf,
        /// The group.
        group: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The system knows no such group.
    #[error("there is no group `{0}` on this system")]
    Group(String),
}

impl StoreError {
    /// For `map_err`: what was tried with which file.
    pub(super) fn io(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            path,
            action,
            source,
        }
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "you may not; check who owns the folder".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full; make room".to_owned(),
        io::ErrorKind::QuotaExceeded => "your share of the disk is full; make room".to_owned(),
        io::ErrorKind::FileTooLarge => {
            "no file may be that long here; see `ulimit -f`, or choose another disk".to_owned()
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands where a folder belongs; move it away".to_owned()
        }
        io::ErrorKind::IsADirectory => {
            "a folder stands where a file belongs; move it away".to_owned()
        }
        _ => error.to_string(),
    }
}
