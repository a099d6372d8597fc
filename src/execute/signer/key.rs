//! What a CA signs with: its private key, or a process that holds it.

use super::client::RemoteSigner;
use crate::catalog::Digest;
use crate::crypto::{Nonces, PrivateKey};
use crate::execute::ExecuteError;

/// What a CA signs with.
#[derive(Clone, Debug)]
pub(in crate::execute) enum SigningKey {
    /// Its key, here.
    Here(Box<PrivateKey>),
    /// Its key in another process.
    Elsewhere(RemoteSigner),
}

impl SigningKey {
    /// A key that is here.
    pub(in crate::execute) fn here(key: PrivateKey) -> Self {
        Self::Here(Box::new(key))
    }

    /// What another process signs with, if it serves this CA and key.
    pub(in crate::execute) fn elsewhere(
        signer: Option<&RemoteSigner>,
        ca: &str,
        spki_der: &[u8],
    ) -> Option<Self> {
        signer
            .filter(|signer| signer.serves(ca, spki_der))
            .cloned()
            .map(Self::Elsewhere)
    }

    /// Signs for a CA.
    pub(in crate::execute) fn sign(
        &self,
        ca: &str,
        tbs: &[u8],
        digest: Option<Digest>,
        nonces: Nonces,
    ) -> Result<Vec<u8>, ExecuteError> {
        match self {
            Self::Here(key) => {
                key.sign(tbs, digest, nonces)
                    .map_err(|source| ExecuteError::Crypto {
                        id: ca.to_owned(),
                        source,
                    })
            }
            Self::Elsewhere(signer) => {
                signer
                    .sign(ca, tbs, digest, nonces)
                    .map_err(|what| ExecuteError::Signer {
                        id: ca.to_owned(),
                        what,
                    })
            }
        }
    }
}
