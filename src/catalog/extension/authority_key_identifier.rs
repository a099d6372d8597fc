//! `authority_key_identifier`: how the certificate names its issuer's key (RFC 5280 §4.2.1.1).

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};

use super::Value;
use super::kind::{self, Kind};
use super::resolve::{Parts, Written};
use crate::catalog::suggest;
use crate::catalog::text_form::text_form;
use crate::source::{ByShape, Diagnostics, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{Scope, Templated};

/// How the certificate names its issuer's key.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthorityKeyIdentifier {
    /// A word.
    Method(Spanned<Templated<AuthorityKeyMethod>>),
    /// Each part by itself.
    Table(AuthorityKeyTable),
}

/// The usual combinations by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorityKeyMethod {
    /// `key-id`.
    KeyId,
    /// `issuer-serial`.
    IssuerSerial,
    /// `key-id-and-issuer-serial`.
    Both,
    /// `none`.
    None,
}

const METHODS: [&str; 4] = [
    "key-id",
    "issuer-serial",
    "key-id-and-issuer-serial",
    "none",
];

impl FromStr for AuthorityKeyMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "key-id" => Self::KeyId,
            "issuer-serial" => Self::IssuerSerial,
            "key-id-and-issuer-serial" => Self::Both,
            "none" => Self::None,
            _ => {
                return Err(suggest::unknown(
                    text,
                    "way to name the issuer's key",
                    METHODS.into_iter(),
                ));
            }
        })
    }
}

text_form!(
    AuthorityKeyMethod,
    json_schema!({
        "description": "By the issuer's key identifier, by its issuer and serial number, by both, or not at all.",
        "type": "string",
        "enum": METHODS,
    })
);

/// How the certificate names its issuer's key, each part by itself (RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "authority_key_identifier", default, deny_unknown_fields)]
#[schemars(rename = "AuthorityKeyIdentifierTable")]
pub struct AuthorityKeyTable {
    /// By the issuer's subject key identifier; `true` if not said.
    key_id: Option<Spanned<Templated<bool>>>,
    /// By the issuer's own issuer and its serial number; `false` if not said. A renewed issuer then needs its
    /// certificates issued again.
    issuer_serial: Option<Spanned<Templated<bool>>>,
    /// Whether who does not know the extension must refuse the certificate; RFC 5280 §4.2.1.1 says no.
    critical: Option<Spanned<Templated<bool>>>,
}

impl<'de> ByShape<'de> for AuthorityKeyIdentifier {
    const EXPECTING: &'static str = "`key-id`, `issuer-serial`, `none` or a table";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(match shape {
            Shape::String => Some(Self::Method(value.newtype_variant()?)),
            Shape::Table => Some(Self::Table(value.newtype_variant()?)),
            _ => None,
        })
    }
}

impl<'de> Deserialize<'de> for AuthorityKeyIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl JsonSchema for AuthorityKeyIdentifier {
    fn schema_name() -> Cow<'static, str> {
        "AuthorityKeyIdentifier".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let method = generator.subschema_for::<Templated<AuthorityKeyMethod>>();
        let table = generator.subschema_for::<AuthorityKeyTable>();
        json_schema!({
            "description": "How the certificate names its issuer's key (RFC 5280 §4.2.1.1).",
            "anyOf": [method, table],
        })
    }
}

impl Written for AuthorityKeyIdentifier {
    const KIND: Kind = kind::AUTHORITY_KEY_IDENTIFIER;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        if let Self::Table(table) = self {
            table.critical.as_ref()
        } else {
            None
        }
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let (key_id, issuer_serial) = match self {
            Self::Method(method) => match found.take(method.value.render(scope))? {
                AuthorityKeyMethod::KeyId => (true, false),
                AuthorityKeyMethod::IssuerSerial => (false, true),
                AuthorityKeyMethod::Both => (true, true),
                AuthorityKeyMethod::None => (false, false),
            },
            Self::Table(table) => {
                let mut part = |written: &Option<Spanned<Templated<bool>>>, customary| match written
                {
                    Some(written) => found.take(written.value.render(scope)),
                    None => Some(customary),
                };
                (
                    part(&table.key_id, true)?,
                    part(&table.issuer_serial, false)?,
                )
            }
        };
        (key_id || issuer_serial).then(|| {
            Parts::whole(Value::AuthorityKeyIdentifier {
                key_id,
                issuer_serial,
            })
        })
    }
}
