//! Small choices that a spec offers by name.

use schemars::JsonSchema;
use serde::Deserialize;

/// The key derivation of an encrypted key file (PBES2 with AES-256-CBC, RFC 8018 §6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kdf {
    /// PBKDF2 with HMAC-SHA-256, which every reader knows (RFC 8018 §5.2).
    #[default]
    Pbkdf2,
    /// scrypt, which costs an attacker memory too (RFC 7914).
    Scrypt,
}

/// The encryption of a PKCS#12 file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pkcs12Encryption {
    /// AES-256 with PBES2, and a MAC by HMAC-SHA-256.
    #[default]
    Modern,
    /// Triple DES and a MAC by HMAC-SHA-1, for readers from before 2020.
    Legacy,
}
