//! Keys, signatures, randomness and secrets, by OpenSSL.

mod curve;
mod derive;
mod det_keygen;
mod deterministic;
mod encrypt;
mod error;
mod generate;
mod key;
pub mod pkcs12;
mod random;
mod randomness;
mod secret;
mod seed;
mod sign;
#[cfg(test)]
mod tests;

pub use error::CryptoError;
pub use key::PrivateKey;
pub use random::{random_bytes, random_serial};
pub use randomness::{Nonces, Randomness};
pub use secret::Secret;
pub use seed::{Origin, Seed};
pub use sign::verify_signature;
