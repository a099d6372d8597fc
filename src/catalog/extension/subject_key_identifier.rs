//! `subject_key_identifier`: how the key's identifier is made (RFC 5280 §4.2.1.2, RFC 7093 §2).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};

use super::kind::{self, Kind};
use super::listed::invalid;
use super::resolve::{Parts, Written};
use super::written_name::render_rest;
use super::{KeyIdMethod, Value};
use crate::catalog::Encoding;
use crate::source::{ByShape, Diagnostic, Diagnostics, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{Scope, Templated};

/// How the identifier of the certificate's own key is made: a method, `"hex:…"`, or `"none"`.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectKeyIdentifier {
    method: Spanned<Templated<String>>,
    critical: Option<Spanned<Templated<bool>>>,
}

/// The table form.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(rename = "subject_key_identifier", deny_unknown_fields)]
#[schemars(rename = "SubjectKeyIdentifierTable")]
struct SubjectKeyIdentifierTable {
    /// `rfc7093-1` (the default), `rfc7093-2`, `rfc7093-3`, `rfc7093-4`, `rfc5280-1` (SHA-1), `rfc5280-2`, `hex:…` or `none`.
    method: Spanned<Templated<String>>,
    /// Whether who does not know the extension must refuse the certificate; RFC 5280 §4.2.1.2 says no.
    critical: Option<Spanned<Templated<bool>>>,
}

impl<'de> ByShape<'de> for SubjectKeyIdentifier {
    const EXPECTING: &'static str = "a method for a key identifier";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(match shape {
            Shape::String => Some(Self {
                method: value.newtype_variant()?,
                critical: None,
            }),
            Shape::Table => {
                let SubjectKeyIdentifierTable { method, critical } = value.newtype_variant()?;
                Some(Self { method, critical })
            }
            _ => None,
        })
    }
}

impl<'de> Deserialize<'de> for SubjectKeyIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl JsonSchema for SubjectKeyIdentifier {
    fn schema_name() -> Cow<'static, str> {
        "SubjectKeyIdentifier".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<SubjectKeyIdentifierTable>();
        json_schema!({
            "description": "How the identifier of the certificate's own key is made (RFC 5280 §4.2.1.2, RFC 7093 §2).",
            "anyOf": [
                { "enum": KeyIdMethod::NAMES },
                { "type": "string", "pattern": r"^(hex|base64):|\{[{%#]" },
                table,
            ],
        })
    }
}

impl Written for SubjectKeyIdentifier {
    const KIND: Kind = kind::SUBJECT_KEY_IDENTIFIER;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let method = found.take(self.method(scope))?;
        (method != KeyIdMethod::None).then(|| Parts::whole(Value::SubjectKeyIdentifier(method)))
    }
}

impl SubjectKeyIdentifier {
    fn method(&self, scope: &Scope) -> Result<KeyIdMethod, Diagnostic> {
        let refuse = |why: String| invalid(why, &self.method);
        let raw = self.method.value.source();
        let Some((encoding, rest)) = Encoding::split(raw) else {
            return self.method.value.render(scope)?.parse().map_err(refuse);
        };
        let octets = encoding
            .decode(&render_rest(&self.method, rest, scope)?)
            .map_err(refuse)?;
        if octets.is_empty() {
            return Err(refuse("a key identifier has at least one octet".to_owned()));
        }
        Ok(KeyIdMethod::Explicit(octets))
    }
}
