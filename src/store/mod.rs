//! The disk: reading its state, writing atomically, the lock.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the door to the disk"
)]

mod archive;
mod cache;
mod certificate_file;
mod digest;
mod elsewhere;
mod error;
mod folder;
mod guard;
mod held;
mod hex;
mod layout;
mod ledger;
mod listing;
mod lock_file;
mod lock_merge;
mod memory;
mod overlay;
mod pack;
mod pack_lock;
mod place;
mod socket;
mod state;
mod state_packs;
mod write;

pub use certificate_file::{certificate_file, certificate_of};
pub use digest::{Listed, digest, listing};
pub use elsewhere::{
    folders_elsewhere, make_folders, read_elsewhere, remove_elsewhere, stays_below, write_elsewhere,
};
pub use error::StoreError;
pub use held::Store;
pub use ledger::{LedgerEntry, read_ledger};
pub use lock_file::parse_entries as parse_lock;
pub use lock_file::{CrlEntry, CrlLock, FileLock, Header, LockEntry, RevokedLock};
pub use lock_merge::merged_lines;
pub use memory::{Memory, MemoryFile, unpack};
pub use pack::{Chain, Owner, Pack, PackedRow};
pub use pack_lock::PackLock;
pub use socket::{Lines, Listener, Stream, listen};
pub use state::{FileState, KeyFileState, State, is_open_to_others, key_state};
pub use write::{Durability, NewFile};
