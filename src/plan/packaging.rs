//! What derived files hold beside an entity's own certificate and key: its chain, its anchors, its PKCS#12's settings.

use crate::catalog::Artifact;
use crate::hierarchy::{Entity, Kdf, Pkcs12Encryption};

use super::fingerprint::sha256;

/// SHA-256 of the certificates (DER) that stand in an entity's derived files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prints {
    /// Its issuers without the root, the nearest first.
    pub(crate) chain: Vec<[u8; 32]>,
    /// The root.
    pub(crate) root: Option<[u8; 32]>,
    /// The anchors of its `trust` bundle, in the spec's order.
    pub(crate) trust: Vec<[u8; 32]>,
}

/// What an entity's derived files were made from, as one word for the lock: a letter for how the key file is
/// encrypted, then a digest of all else. Sixteen digits suffice: nobody gains by a collision in his own store.
pub(crate) fn packaging(entity: &Entity, prints: &Prints) -> String {
    let mut bytes = Vec::with_capacity(128);
    for output in &entity.outputs {
        match output.artifact {
            Artifact::Chain | Artifact::Fullchain | Artifact::Combined => {
                prints.chain.iter().for_each(|print| bytes.extend(print));
            }
            Artifact::Pkcs12 => {
                prints.chain.iter().for_each(|print| bytes.extend(print));
                bytes.extend(entity.pkcs12.alias.as_bytes());
                bytes.push(match entity.pkcs12.encryption {
                    Pkcs12Encryption::Modern => 0,
                    Pkcs12Encryption::Legacy => 1,
                });
            }
            Artifact::Ca => bytes.extend(prints.root.unwrap_or_default()),
            Artifact::Trust | Artifact::Truststore => {
                prints.trust.iter().for_each(|print| bytes.extend(print));
            }
            Artifact::KubernetesSecret => {
                prints.chain.iter().for_each(|print| bytes.extend(print));
                bytes.extend(prints.root.unwrap_or_default());
            }
            Artifact::Nginx | Artifact::Mosquitto | Artifact::Postgresql | Artifact::Connection => {
                bytes.extend(output.text.as_deref().unwrap_or_default().as_bytes());
            }
            _ => continue,
        }
        bytes.extend(output.artifact.id().as_bytes());
    }
    let digest = sha256(&bytes);
    let shown = digest.get(..8).unwrap_or_default();
    format!(
        "{}{}",
        key_letter(entity),
        data_encoding::HEXLOWER.encode(shown)
    )
}

/// Whether the key file shall be encrypted otherwise than when the lock's word was made.
pub(crate) fn key_sealed_otherwise(word: &str, entity: &Entity) -> bool {
    !word.starts_with(key_letter(entity))
}

/// `p`lain, or encrypted with a key derived by p`b`kdf2 or `s`crypt.
fn key_letter(entity: &Entity) -> char {
    match &entity.key_encryption {
        None => 'p',
        Some(encryption) => match encryption.kdf {
            Kdf::Pbkdf2 => 'b',
            Kdf::Scrypt => 's',
        },
    }
}
