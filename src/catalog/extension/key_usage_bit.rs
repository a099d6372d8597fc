//! The bits of key usage (RFC 5280 §4.2.1.3).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use x509_cert::ext::pkix::KeyUsages;

use crate::catalog::suggest;
use crate::catalog::text_form::from_text;

/// One thing that a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUsageBit {
    /// To sign anything but certificates and CRLs.
    DigitalSignature,
    /// To sign what cannot be denied later; older texts call it nonRepudiation.
    ContentCommitment,
    /// To encipher keys, as in RSA key transport.
    KeyEncipherment,
    /// To encipher data itself.
    DataEncipherment,
    /// To agree on a key, as in Diffie-Hellman.
    KeyAgreement,
    /// To sign certificates.
    KeyCertSign,
    /// To sign CRLs.
    CrlSign,
    /// With keyAgreement: only to encipher.
    EncipherOnly,
    /// With keyAgreement: only to decipher.
    DecipherOnly,
}

impl KeyUsageBit {
    /// All bits in the order of the BIT STRING.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::ContentCommitment,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The name in a spec: `digital-signature`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digital-signature",
            Self::ContentCommitment => "content-commitment",
            Self::KeyEncipherment => "key-encipherment",
            Self::DataEncipherment => "data-encipherment",
            Self::KeyAgreement => "key-agreement",
            Self::KeyCertSign => "key-cert-sign",
            Self::CrlSign => "crl-sign",
            Self::EncipherOnly => "encipher-only",
            Self::DecipherOnly => "decipher-only",
        }
    }

    /// x509-cert's flag.
    #[must_use]
    pub fn flag(self) -> KeyUsages {
        match self {
            Self::DigitalSignature => KeyUsages::DigitalSignature,
            Self::ContentCommitment => KeyUsages::NonRepudiation,
            Self::KeyEncipherment => KeyUsages::KeyEncipherment,
            Self::DataEncipherment => KeyUsages::DataEncipherment,
            Self::KeyAgreement => KeyUsages::KeyAgreement,
            Self::KeyCertSign => KeyUsages::KeyCertSign,
            Self::CrlSign => KeyUsages::CRLSign,
            Self::EncipherOnly => KeyUsages::EncipherOnly,
            Self::DecipherOnly => KeyUsages::DecipherOnly,
        }
    }
}

impl fmt::Display for KeyUsageBit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for KeyUsageBit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "non-repudiation" {
            return Ok(Self::ContentCommitment);
        }
        Self::ALL
            .into_iter()
            .find(|bit| bit.id() == text)
            .ok_or_else(|| {
                suggest::unknown(text, "key usage", Self::ALL.iter().map(|bit| bit.id()))
            })
    }
}

from_text!(KeyUsageBit);

impl<'de> Deserialize<'de> for KeyUsageBit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}
