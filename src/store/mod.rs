//! The disk: reading its state, writing atomically, the lock.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the door to the disk"
)]

mod archive;
mod cache;
mod digest;
mod error;
mod guard;
mod hex;
mod layout;
mod ledger;
mod lock_file;
mod place;
mod state;
mod store_dir;
mod write;

pub use digest::{Listed, digest, listing};
pub use error::StoreError;
pub use ledger::{LedgerEntry, read_ledger};
pub use lock_file::{FileLock, Header, LockEntry};
pub use state::{FileState, KeyFileState, State, is_open_to_others, key_state};
pub use store_dir::Store;
pub use write::{Durability, NewFile};
