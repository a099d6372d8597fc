//! What can go wrong with keys, signatures and passphrases.

use openssl::error::ErrorStack;
use spki::ObjectIdentifier;
use thiserror::Error;

/// A failure of this layer. None of its sentences holds a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// OpenSSL refused.
    #[error("OpenSSL could not {action}")]
    OpenSsl {
        /// What it was asked to do: `make a key`.
        action: &'static str,
        /// Its own words.
        #[source]
        source: ErrorStack,
    },
    /// A structure could not be written or read.
    #[error("the DER of {what} is malformed")]
    Der {
        /// What it should have been: `a certificate`.
        what: &'static str,
        /// Where it went wrong.
        #[source]
        source: der::Error,
    },
    /// A seed that can be guessed.
    #[error("the seed has {octets} bytes, and 16 are the least")]
    ShortSeed {
        /// How many it has.
        octets: usize,
    },
    /// No number within the curve's order came from the seed: a chance of less than 2⁻³² (C2SP det-keygen, step 12).
    #[error("the seed gives no key; raise the generation")]
    NoKeyInSeed,
    /// A certificate and a key that are to stand in one file do not belong together.
    #[error("the certificate is not over this key")]
    OtherKey,
    /// A key file holds no private key.
    #[error("there is no private key in it")]
    NoPrivateKey,
    /// A key is encrypted, and no passphrase was given.
    #[error("the key is encrypted and no passphrase is given")]
    PassphraseNeeded,
    /// A passphrase does not open a key or a PKCS #12 file.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// A passphrase that other programs could not enter.
    #[error("the passphrase {0}")]
    UnfitPassphrase(&'static str),
    /// A key of a kind that pkiform has no name for.
    #[error("the key's algorithm is none that a spec can name")]
    UnknownKeyAlgorithm,
    /// A signature algorithm that pkiform does not verify.
    #[error("the signature algorithm {0} is not one of pkiform's for this key")]
    UnknownSignatureAlgorithm(ObjectIdentifier),
    /// An alias that PKCS #12 cannot hold.
    #[error("the alias holds a NUL character, or one beyond U+FFFE such as an emoji")]
    UnfitAlias,
}

impl CryptoError {
    /// For `map_err`: OpenSSL could not do this.
    pub(super) fn openssl(action: &'static str) -> impl Fn(ErrorStack) -> Self {
        move |source| Self::OpenSsl { action, source }
    }

    /// For `map_err`: this is no DER of that.
    pub(super) fn der(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |source| Self::Der { what, source }
    }
}
