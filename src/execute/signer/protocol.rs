//! What workers and signer say: a line of JSON each way.

use serde::{Deserialize, Serialize};

use crate::catalog::Digest;

/// Raised when a field comes, goes or changes its meaning.
pub(super) const VERSION: u32 = 1;

/// What a worker asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Request {
    pub(super) version: u32,
    /// What is to be signed; none asks which CAs are served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sign: Option<Signing>,
}

/// What is to be signed. It is sent whole and not as a digest: a signer that sees what it signs can refuse it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Signing {
    /// The CA's id.
    pub(super) ca: String,
    /// The digest that the spec asks for, if it does.
    pub(super) digest: Option<Digest>,
    /// Whether the nonce is to follow from key and message (RFC 6979).
    pub(super) deterministic: bool,
    /// `TBSCertificate` or `TBSCertList`, DER in base64.
    pub(super) tbs: String,
}

/// What the signer answers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Answer {
    /// The CAs that are served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cas: Vec<ServedCa>,
    /// The signature in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// A CA that is served.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ServedCa {
    pub(super) id: String,
    /// Its public key, DER SubjectPublicKeyInfo in base64.
    pub(super) public_key: String,
}
