//! What a spec says of revocation: which certificates are revoked and why, and how a CA's list of them is renewed.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::entity_table::Setting;
use super::{Date, Duration, Window};
use crate::catalog::RevocationReason;
use crate::source::Spanned;
use crate::template::Templated;

/// Which certificates of a table's entities are revoked.
#[derive(Clone, Debug)]
pub enum Revoked {
    /// Those of its one entity.
    One(Box<RevokedTable>),
    /// Those of some of a fleet or chain.
    Items(Vec<Spanned<RevokedTable>>),
    /// The same from a CSV file, whose columns are the keys of [`RevokedTable`].
    File(Templated<String>),
}

/// One revocation (RFC 5280 §5.3).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "a revocation", deny_unknown_fields)]
#[schemars(rename = "Revocation")]
pub struct RevokedTable {
    /// Of a fleet or chain: the item, or the id, of the entity that is meant.
    #[serde(default)]
    pub item: Setting<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<Spanned<RevocationReason>>,
    /// From when on it is not to be trusted any more.
    pub date: Spanned<Templated<Date>>,
    /// When the key is thought to have been lost, if that is earlier (RFC 5280 §5.3.2).
    #[serde(default)]
    pub invalidity_date: Setting<Date>,
    /// The generation whose certificates are meant; unsaid, the one that the entity had when this was first applied.
    #[serde(default)]
    pub generation: Setting<u32>,
}

/// How a CA's CRL is dated.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "crl", deny_unknown_fields, default)]
pub struct CrlTable {
    /// How long after its issue the next one is promised (`nextUpdate`); 30d if unsaid.
    pub validity: Setting<Duration>,
    /// How long before that `apply` issues the next: a duration, or a fraction (default `1/3`).
    pub renew_before: Setting<Window>,
}

impl<'de> Deserialize<'de> for Revoked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RevokedVisitor;
        impl<'de> de::Visitor<'de> for RevokedVisitor {
            type Value = Revoked;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `reason` and `date`, a list of such with `item`, or a CSV file's name")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Revoked, E> {
                let file = Templated::from_text_at(text, crate::source::Span::NOWHERE);
                Ok(Revoked::File(file))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Revoked, A::Error> {
                let table = de::value::MapAccessDeserializer::new(map);
                RevokedTable::deserialize(table).map(|table| Revoked::One(Box::new(table)))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Revoked, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Revoked::Items)
            }
        }
        deserializer.deserialize_any(RevokedVisitor)
    }
}

impl JsonSchema for Revoked {
    fn schema_name() -> Cow<'static, str> {
        "Revoked".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<RevokedTable>();
        json_schema!({
            "description": "The certificates that are revoked.",
            "anyOf": [
                table,
                { "type": "array", "items": table },
                { "type": "string", "minLength": 1 },
            ],
        })
    }
}
