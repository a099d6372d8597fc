//! What a spec may name: algorithms, extensions, attributes, outputs; one entry a file, pure.

pub mod algorithm;
pub mod artifact;
pub mod attribute;
pub mod digest;
pub mod extension;
pub mod name;
pub mod signature;
mod suggest;

pub use algorithm::{Family, KeyAlgorithm};
pub use artifact::{Artifact, Layout};
pub use digest::Digest;
pub use extension::{
    IssuerKey, KeyContext, KeyIdMethod, KeyUsageBit, ResolvedExtension, San, Setting,
    Subtree, Value,
};
pub use name::{DistinguishedName, Rdn, StringType};
pub use signature::signature_algorithm;
