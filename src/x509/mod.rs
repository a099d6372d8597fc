//! Composing and reading certificates, and reading requests; no I/O.

mod assemble;
mod colons;
mod compose;
mod crl;
mod diff;
mod facts;
pub mod pem;
mod read;
mod request;
pub mod serial;
mod tbs;
#[cfg(test)]
mod tests;
pub mod time;

pub use assemble::assemble;
pub use colons::colons;
pub use compose::{ExtensionField, TbsFields, compose, compose_tbs};
pub use crl::{Crl, CrlFields, CrlItem, compose_crl};
pub use diff::FieldDiff;
pub use facts::IssuerFacts;
pub use read::{Certificate, ReadExtension};
pub use request::Request;
