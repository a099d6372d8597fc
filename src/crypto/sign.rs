//! Signatures: a key's, and whether one holds.

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::md::{Md, MdRef};
use openssl::md_ctx::MdCtx;
use openssl::pkey::PKey;
use openssl::pkey_ctx::NonceType;
use openssl::sign::{Signer, Verifier};
use spki::AlgorithmIdentifierOwned;

use super::{CryptoError, Nonces, PrivateKey, deterministic};
use crate::catalog::{Digest, KeyAlgorithm, signature_algorithm};

impl PrivateKey {
    /// Signs: RSA by PKCS #1 v1.5, ECDSA with a digest (without one the customary), `EdDSA` and ML-DSA in one pass with their own.
    ///
    /// # Errors
    /// OpenSSL refuses.
    pub fn sign(
        &self,
        tbs: &[u8],
        digest: Option<Digest>,
        nonces: Nonces,
    ) -> Result<Vec<u8>, CryptoError> {
        let digest = applied(self.algorithm(), digest);
        if nonces == Nonces::Deterministic {
            return self
                .sign_deterministically(tbs, digest)
                .map_err(CryptoError::openssl("sign"));
        }
        let mut signer = match digest {
            Some(digest) => Signer::new(message_digest(digest), self.pkey()),
            None => Signer::new_without_digest(self.pkey()),
        }
        .map_err(CryptoError::openssl("sign"))?;
        signer
            .sign_oneshot_to_vec(tbs)
            .map_err(CryptoError::openssl("sign"))
    }

    fn sign_deterministically(
        &self,
        tbs: &[u8],
        digest: Option<Digest>,
    ) -> Result<Vec<u8>, ErrorStack> {
        let mut context = MdCtx::new()?;
        let digest = digest.map(md);
        let key = context.digest_sign_init(digest, self.pkey())?;
        match self.algorithm() {
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => {
                key.set_nonce_type(NonceType::DETERMINISTIC_K)?;
            }
            KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
                deterministic::set(key)?;
            }
            // These have no choice to make.
            KeyAlgorithm::Rsa(_) | KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => {}
        }
        let mut signature = Vec::new();
        context.digest_sign_to_vec(tbs, &mut signature)?;
        Ok(signature)
    }
}

/// Whether the owner of a public key made this signature over these bytes.
///
/// # Errors
/// The key is no key, or the algorithm none with which pkiform signs with such a key.
pub fn verify_signature(
    tbs: &[u8],
    signature: &[u8],
    issuer_spki_der: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
) -> Result<bool, CryptoError> {
    let key_algorithm =
        KeyAlgorithm::from_spki_der(issuer_spki_der).ok_or(CryptoError::UnknownKeyAlgorithm)?;
    let digest = Digest::ALL
        .into_iter()
        .find(|digest| signature_algorithm(key_algorithm, Some(*digest)).oid == algorithm.oid)
        .ok_or(CryptoError::UnknownSignatureAlgorithm(algorithm.oid))?;
    let key = PKey::public_key_from_der(issuer_spki_der)
        .map_err(CryptoError::openssl("read the public key"))?;
    let mut verifier = match applied(key_algorithm, Some(digest)) {
        Some(digest) => Verifier::new(message_digest(digest), &key),
        None => Verifier::new_without_digest(&key),
    }
    .map_err(CryptoError::openssl("verify a signature"))?;
    // A signature that is malformed is an error to OpenSSL; to us it is one that does not hold.
    Ok(verifier.verify_oneshot(signature, tbs).unwrap_or(false))
}

/// The digest that is really used: none where the algorithm brings its own.
fn applied(key: KeyAlgorithm, digest: Option<Digest>) -> Option<Digest> {
    let customary = key.default_digest()?;
    Some(digest.unwrap_or(customary))
}

fn md(digest: Digest) -> &'static MdRef {
    match digest {
        Digest::Sha256 => Md::sha256(),
        Digest::Sha384 => Md::sha384(),
        Digest::Sha512 => Md::sha512(),
    }
}

fn message_digest(digest: Digest) -> MessageDigest {
    match digest {
        Digest::Sha256 => MessageDigest::sha256(),
        Digest::Sha384 => MessageDigest::sha384(),
        Digest::Sha512 => MessageDigest::sha512(),
    }
}
