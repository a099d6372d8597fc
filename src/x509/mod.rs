//! Composing and reading certificates; no I/O.

mod assemble;
mod colons;
mod compose;
mod diff;
mod facts;
pub mod pem;
mod read;
pub mod serial;
mod tbs;
#[cfg(test)]
mod tests;
pub mod time;

pub use assemble::assemble;
pub use colons::colons;
pub use compose::{ExtensionField, TbsFields, compose, compose_tbs};
pub use diff::FieldDiff;
pub use facts::IssuerFacts;
pub use read::{Certificate, ReadExtension};
