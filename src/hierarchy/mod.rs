//! The resolved graph of entities: every default filled in, every template rendered, every chain expanded.

mod batch;
mod build;
mod configuration;
mod entity;
mod expand;
mod family;
mod fingerprint;
mod fleet;
mod given_key;
mod graph;
mod issuer;
mod layers;
mod order;
mod outputs;
mod reproducible;
mod resolve;
mod revoked;
mod subject_hash;
mod target;
mod target_faults;
mod tree_digest;

pub use crate::spec::{EntityKind, Kdf, PackFormat, Pkcs12Encryption};
pub use batch::{Lot, Part, lots};
pub use entity::{
    CrlSettings, Entity, EntityExtension, External, KeyEncryption, Lifetime, Output,
    Pkcs12Settings, Renew, Validity,
};
pub use fleet::{Fleet, Member, Resolver};
pub use given_key::GivenKey;
pub(crate) use given_key::shared as shared_key;
pub use graph::Hierarchy;
pub use order::natural;
pub use reproducible::Reproducible;
pub use resolve::resolve;
pub use revoked::Revocation;
pub use target::{Cloud, Target};
