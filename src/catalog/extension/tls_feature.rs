//! `tls_feature`: what a TLS server that holds the certificate must do (RFC 7633); `must-staple` is its usual use.

use std::fmt;
use std::str::FromStr;

use crate::catalog::suggest;

/// The number of a TLS extension that the server must offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsExtension(pub u16);

/// Names that a spec may write; the first of a number is the one that is shown.
const FEATURES: &[(&str, u16)] =
    &[("status-request", 5), ("status-request-v2", 17), ("must-staple", 5)];

/// The name of a TLS extension's number, or the number.
pub(super) fn feature_name(number: u16) -> String {
    let known = FEATURES.iter().find(|(_, known)| *known == number);
    known.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned())
}

impl fmt::Display for TlsExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&feature_name(self.0))
    }
}

impl FromStr for TlsExtension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, number)) = FEATURES.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*number));
        }
        text.parse().map(Self).map_err(|_| {
            let names = FEATURES.iter().map(|(name, _)| *name);
            suggest::unknown(text, "TLS feature (or number of a TLS extension)", names)
        })
    }
}
