//! What can go wrong while a plan is carried out.

use thiserror::Error;

use crate::crypto::CryptoError;
use crate::source::{Diagnostic, Diagnostics};
use crate::store::StoreError;

use super::output::OutputError;

/// Why a run stopped. None of its sentences holds a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// The plan, or a secret that it needs, stands in the way; nothing was written.
    #[error("{} errors; nothing was written", .0.errors())]
    Refused(Diagnostics),
    /// The plan is not of this hierarchy and store.
    #[error("the plan does not fit the spec at `{id}`; plan again")]
    Stale {
        /// The entity.
        id: String,
    },
    /// A private key that signs is not at hand.
    #[error("the private key of `{id}` is not there")]
    NoKey {
        /// The entity whose key it is.
        id: String,
    },
    /// The private key on disk is not that of the certificate.
    #[error("the private key of `{id}` is not that of its certificate")]
    OtherKey {
        /// The entity.
        id: String,
    },
    /// A certificate that is needed cannot be read.
    #[error("the certificate of `{id}` cannot be read")]
    NoCertificate {
        /// The entity whose certificate it is.
        id: String,
    },
    /// A certificate that DER cannot hold.
    #[error("the certificate of `{id}` cannot be composed")]
    Compose {
        /// The entity.
        id: String,
        /// Why.
        #[source]
        source: der::Error,
    },
    /// The user asked the run to stop. What was begun is done, in place and in the lock.
    #[error("interrupted after {done} of {total}")]
    Interrupted {
        /// How many entities were done.
        done: usize,
        /// How many there were to do.
        total: usize,
    },
    /// A key or a signature.
    #[error("the key of `{id}`")]
    Crypto {
        /// The entity.
        id: String,
        /// Why.
        #[source]
        source: CryptoError,
    },
    /// The process that signs for a CA.
    #[error("the signer of `{id}`: {what}")]
    Signer {
        /// The CA.
        id: String,
        /// What it said, or why it said nothing.
        what: String,
    },
    /// An artifact.
    #[error("the {artifact} of `{id}`")]
    Output {
        /// The entity.
        id: String,
        /// The artifact's id.
        artifact: &'static str,
        /// Why.
        #[source]
        source: OutputError,
    },
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Threads.
    #[error("no threads could be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

impl From<Diagnostics> for ExecuteError {
    fn from(found: Diagnostics) -> Self {
        Self::Refused(found)
    }
}

impl From<Diagnostic> for ExecuteError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Refused(diagnostic.into())
    }
}

impl ExecuteError {
    /// Of an interruption, counts too what was done before and what was to come after.
    pub(super) fn among(self, before: usize, after: usize) -> Self {
        match self {
            Self::Interrupted { done, total } => Self::Interrupted {
                done: done.saturating_add(before),
                total: total.saturating_add(before).saturating_add(after),
            },
            other => other,
        }
    }
}
