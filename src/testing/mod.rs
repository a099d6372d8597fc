//! A PKI in memory, for tests of other projects: every entity's key, certificate and chain from the text of a spec.
//!
//! ```
//! use pkiform::testing::Pki;
//!
//! let pki = Pki::from_spec(
//!     r#"
//!     spec = 1
//!     [ca.root]
//!     subject.common_name = "Test Root"
//!     [leaf.server]
//!     issuer = "root"
//!     profile = "tls-server"
//!     subject.common_name = "server"
//!     san = ["server.example"]
//!     "#,
//! )?;
//! let server = pki.get("server")?;
//! assert!(server.cert_pem().starts_with("-----BEGIN CERTIFICATE-----"));
//! assert_eq!(server.root_der(), pki.get("root")?.cert_der());
//! # Ok::<(), pkiform::testing::Error>(())
//! ```
//!
//! With `[reproducible]` in the spec the same text gives the same bytes, today and after the next `cargo update`: those
//! that `pkiform apply` writes for a file `pkiform.toml` of that text, or one of any name whose spec has a `name`.
//!
//! A program that takes paths gets the files by [`Pki::write_to`]. With the feature `rcgen`, `Entity::rcgen_issuer` makes
//! an issuer of a CA, for certificates that no spec knows.

mod build;
mod entity;
mod error;
#[cfg(feature = "rcgen")]
mod rcgen;

pub use build::{Builder, Pki};
pub use entity::Entity;
pub use error::Error;
#[cfg(feature = "rcgen")]
pub use rcgen::{IssuerError, RcgenKey};
