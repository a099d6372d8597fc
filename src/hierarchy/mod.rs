//! The resolved graph of entities: every default filled in, every template rendered, every chain expanded.

mod entity;
mod graph;
mod order;

pub use crate::spec::{EntityKind, Kdf, Pkcs12Encryption};
pub use entity::{
    Entity, EntityExtension, External, KeyEncryption, Lifetime, Output, Pkcs12Settings, Renew,
    Validity,
};
pub use graph::Hierarchy;
pub use order::natural;
