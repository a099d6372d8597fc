//! `for_each`: what a fleet walks over.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::source::{RowFormat, Spanned};
use crate::template::Templated;

/// What a fleet walks over.
#[derive(Clone, Debug)]
pub enum ForEach {
    /// A file of rows, or a chain or fleet of this spec (`ca.site`).
    Name(Templated<String>),
    /// Items.
    Items(Vec<Spanned<Templated<String>>>),
    /// Rows of anything else, or numbers.
    Rows(Box<RowsTable>),
}

/// Where rows come from: one of `file`, `sqlite`, `command` and `range`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "for_each", deny_unknown_fields, default)]
pub struct RowsTable {
    /// A file, relative to the spec.
    pub file: Option<Spanned<Templated<String>>>,
    /// The form of a file or of what a command prints: `csv` or `jsonl`; unsaid, what the file's name tells, else CSV.
    pub format: Option<Spanned<RowFormat>>,
    /// A SQLite database, relative to the spec; it is only read.
    pub sqlite: Option<Spanned<Templated<String>>>,
    /// The query on it: its columns are `{{ item.column }}`.
    pub query: Option<Spanned<Templated<String>>>,
    /// A program and its arguments, run without a shell in the spec's folder, with `--allow-commands` alone.
    pub command: Option<Spanned<Vec<Spanned<Templated<String>>>>>,
    /// The first and the last of numbers: `[1, 1000]`; `{{ item }}` is the number.
    pub range: Option<Spanned<Vec<Spanned<Templated<u64>>>>>,
}

impl<'de> Deserialize<'de> for ForEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ForEachVisitor;
        impl<'de> de::Visitor<'de> for ForEachVisitor {
            type Value = ForEach;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a list of strings, a file's name, a chain or fleet (`ca.site`), or a table as `{ range = [1, 9] }`",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ForEach, E> {
                Templated::deserialize(de::value::StrDeserializer::new(text)).map(ForEach::Name)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<ForEach, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(ForEach::Items)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ForEach, A::Error> {
                RowsTable::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|table| ForEach::Rows(Box::new(table)))
            }
        }
        deserializer.deserialize_any(ForEachVisitor)
    }
}

impl JsonSchema for ForEach {
    fn schema_name() -> Cow<'static, str> {
        "ForEach".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<RowsTable>();
        json_schema!({
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string" } },
                table,
            ],
        })
    }
}
