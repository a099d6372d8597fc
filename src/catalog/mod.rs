//! What a spec may name: algorithms, extensions, attributes, outputs; one entry a file, pure.

pub mod algorithm;
pub mod artifact;
pub mod attribute;
pub mod digest;
pub mod distinguished_name;
pub mod extension;
pub mod name;
mod revocation;
pub mod signature;
mod suggest;
pub mod text_form;

pub use algorithm::{Family, KeyAlgorithm};
pub use artifact::{Artifact, Layout};
pub use digest::Digest;
pub use distinguished_name::{WrittenAttribute, parse_dn, resolve_dn};
pub use extension::{
    Extensions, IssuerKey, KeyContext, KeyIdMethod, KeyUsageBit, ResolvedExtension, San, Setting,
    Subtree, Value,
};
pub use name::{DistinguishedName, Rdn, StringType};
pub use revocation::RevocationReason;
pub use signature::signature_algorithm;
pub use text_form::{Encoding, Oid};
