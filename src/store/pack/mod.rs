//! Packs: a fleet's members in one file, which is whole up to its last commit whatever happens.

mod database;
mod join;
mod read;
mod row;
mod schema;
mod volume_file;
mod volumes;
mod write;

pub use database::{Owner, Pack};
pub use join::Chain;
pub use row::PackedRow;
