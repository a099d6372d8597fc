//! `pack`: a fleet whose members lie in one file instead of a folder each, and beside it in archives if it says so.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::source::Spanned;

/// The form of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PackFormat {
    /// A SQLite database: a row for each entity.
    Sqlite,
    /// The database, and tar archives with a folder for each entity.
    Tar,
    /// The database, and zip archives with a folder for each entity.
    Zip,
}

impl PackFormat {
    /// Its name in a spec, which is the extension of its files too.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Tar => "tar",
            Self::Zip => "zip",
        }
    }
}

/// How a fleet is packed: a word, or a table with bounds for its archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackTable {
    /// The form.
    pub format: PackFormat,
    /// The most entities in one archive.
    pub count: u32,
    /// The most bytes of files in one archive.
    pub size: u64,
}

/// The most entities in an archive if the spec does not say.
const COUNT: u32 = 10_000;
/// The most mebibytes in an archive if the spec does not say.
const MEBIBYTES: u32 = 512;

/// The table as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename = "pack", deny_unknown_fields)]
struct Written {
    /// The form.
    format: Spanned<PackFormat>,
    /// The most entities in one archive (default 10,000).
    #[serde(default)]
    count: Option<u32>,
    /// The most MiB of files in one archive (default 512).
    #[serde(default)]
    mebibytes: Option<u32>,
}

impl PackTable {
    fn of(format: PackFormat, count: Option<u32>, mebibytes: Option<u32>) -> Self {
        Self {
            format,
            count: count.unwrap_or(COUNT).max(1),
            size: u64::from(mebibytes.unwrap_or(MEBIBYTES).max(1)) * 1024 * 1024,
        }
    }
}

impl<'de> Deserialize<'de> for PackTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PackVisitor;
        impl<'de> de::Visitor<'de> for PackVisitor {
            type Value = PackTable;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "`sqlite`, `tar`, `zip`, or a table as `{ format = \"tar\", count = 1000 }`",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<PackTable, E> {
                PackFormat::deserialize(de::value::StrDeserializer::new(text))
                    .map(|format| PackTable::of(format, None, None))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<PackTable, A::Error> {
                let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(PackTable::of(
                    written.format.value,
                    written.count,
                    written.mebibytes,
                ))
            }
        }
        deserializer.deserialize_any(PackVisitor)
    }
}

impl JsonSchema for PackTable {
    fn schema_name() -> Cow<'static, str> {
        "Pack".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let format = generator.subschema_for::<PackFormat>();
        let table = generator.subschema_for::<Written>();
        json_schema!({ "anyOf": [format, table] })
    }
}
