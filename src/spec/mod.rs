//! The spec as the user wrote it: typed TOML, from which the JSON Schema comes.

mod duration;
mod kind;
mod secret_ref;
mod settings;

pub use duration::{Date, Duration, Window};
pub use kind::{EntityKind, check_name};
pub use secret_ref::{SecretRef, SecretSource};
pub use settings::{Kdf, Pkcs12Encryption};
