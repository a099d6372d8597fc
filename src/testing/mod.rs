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
//! let server = pki.get("server").unwrap();
//! assert!(server.cert_pem().starts_with("-----BEGIN CERTIFICATE-----"));
//! assert_eq!(server.root_der(), pki.get("root").unwrap().cert_der());
//! # Ok::<(), pkiform::testing::Error>(())
//! ```
//!
//! With `[reproducible]` in the spec the same text gives the same bytes, today and after the next `cargo update`.

mod build;
mod entity;
#[cfg(feature = "rcgen")]
mod rcgen;

pub use build::{Builder, Error, Pki};
pub use entity::Entity;
#[cfg(feature = "rcgen")]
pub use rcgen::{IssuerError, RcgenKey};
