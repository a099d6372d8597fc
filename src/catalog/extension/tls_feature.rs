//! `tls_feature`: what a TLS server that holds the certificate must do (RFC 7633); `must-staple` is its usual use.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::Value;
use super::kind::{self, Kind};
use super::listed::{Listed, render_each};
use super::resolve::{Parts, Written};
use crate::catalog::suggest;
use crate::catalog::text_form::from_text;
use crate::source::{Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// What a TLS server that holds the certificate must do: `["must-staple"]`, or other TLS extensions by number.
pub type TlsFeature = Listed<Templated<TlsExtension>>;

/// The number of a TLS extension that the server must offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsExtension(pub u16);

/// Names that a spec may write; the first of a number is the one that is shown.
const FEATURES: &[(&str, u16)] = &[
    ("status-request", 5),
    ("status-request-v2", 17),
    ("must-staple", 5),
];

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

/// A name, or a number.
impl<'de> Deserialize<'de> for TlsExtension {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TlsExtensionVisitor;
        impl Visitor<'_> for TlsExtensionVisitor {
            type Value = TlsExtension;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`must-staple`, or the number of a TLS extension")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                u16::try_from(number).map(TlsExtension).map_err(|_| {
                    E::custom(format_args!(
                        "{number} is no TLS extension: they go from 0 to 65535"
                    ))
                })
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        deserializer.deserialize_any(TlsExtensionVisitor)
    }
}

impl JsonSchema for TlsExtension {
    fn schema_name() -> Cow<'static, str> {
        "TlsExtension".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<_> = FEATURES.iter().map(|(name, _)| *name).collect();
        json_schema!({
            "description": "A TLS extension that the server must offer, by name or number.",
            "anyOf": [{ "enum": names }, { "type": "integer", "minimum": 0, "maximum": 65535 }],
        })
    }
}

from_text!(TlsExtension);

impl Written for TlsFeature {
    const KIND: Kind = kind::TLS_FEATURE;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let features = render_each(&self.values, scope, found);
        let spans = features.iter().map(|feature| feature.span).collect();
        let features: Vec<_> = features
            .into_iter()
            .map(|feature| feature.value.0)
            .collect();
        Some(Parts {
            value: Value::TlsFeature(features),
            spans,
        })
    }
}
