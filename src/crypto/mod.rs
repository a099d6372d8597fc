//! Keys, signatures, randomness and secrets, by OpenSSL.

mod encrypt;
mod error;
mod generate;
mod key;
pub mod pkcs12;
mod random;
mod secret;
mod sign;
#[cfg(test)]
mod tests;

pub use error::CryptoError;
pub use key::PrivateKey;
pub use random::{random_bytes, random_serial};
pub use secret::Secret;
pub use sign::verify_signature;
