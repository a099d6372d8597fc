//! Why a certificate is revoked: the reason codes of a CRL entry (RFC 5280 §5.3.1).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reason; `removeFromCRL` is left out, which stands in delta CRLs alone.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// None is given; the entry then bears no reason code at all, as the RFC asks.
    #[default]
    Unspecified,
    /// The private key is known, or thought, to be in other hands.
    KeyCompromise,
    /// The same of a CA's key.
    CaCompromise,
    /// The subject's name or another of its particulars has changed.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is suspended, and may be released.
    CertificateHold,
    /// A privilege that it holds was withdrawn.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is compromised.
    AaCompromise,
}

impl RevocationReason {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// Its name in a spec: `key-compromise`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::CertificateHold => "certificate-hold",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::AaCompromise => "aa-compromise",
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for RevocationReason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|reason| reason.id() == text);
        known.ok_or_else(|| {
            super::suggest::unknown(text, "reason", Self::ALL.iter().map(|reason| reason.id()))
        })
    }
}
