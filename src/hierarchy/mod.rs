//! The resolved graph of entities: every default filled in, every template rendered, every chain expanded.

mod build;
mod configuration;
mod entity;
mod expand;
mod family;
mod fingerprint;
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

pub use crate::spec::{EntityKind, Kdf, Pkcs12Encryption};
pub use entity::{
    CrlSettings, Entity, EntityExtension, External, KeyEncryption, Lifetime, Output,
    Pkcs12Settings, Renew, Validity,
};
pub use graph::Hierarchy;
pub use order::natural;
pub use reproducible::Reproducible;
pub use resolve::resolve;
pub use revoked::Revocation;
pub use target::{Cloud, Target};
