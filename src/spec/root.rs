//! The root table of a spec and the overlay of an environment, as the user wrote them.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{EntityTable, ReproducibleOverlay, ReproducibleTable, TargetsTable};
use crate::catalog::Artifact;
use crate::source::Spanned;
use crate::template::Templated;

/// A PKI as code: everything that one spec says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "a spec", deny_unknown_fields)]
#[schemars(rename = "Spec")]
pub struct RootTable {
    /// The version of the spec language: 1.
    pub spec: Spanned<u32>,
    /// The name of the PKI; the file's own name if unsaid. A path-safe name.
    #[serde(default)]
    pub name: Option<Spanned<String>>,
    /// The spec, or specs, that this one begins from; relative to this file.
    #[serde(default)]
    pub extends: Option<Extends>,
    /// The template variables and their defaults.
    #[serde(default)]
    pub vars: IndexMap<String, AnyValue>,
    /// Named overlays, chosen with `--env`.
    #[serde(default)]
    pub env: IndexMap<String, EnvironmentTable>,
    /// Where the files go.
    #[serde(default)]
    pub output: OutputTable,
    /// Whether, and from which seed and epoch, every byte is the same on every machine.
    #[serde(default)]
    pub reproducible: Option<ReproducibleTable>,
    /// The clouds that it is registered with.
    #[serde(default)]
    pub target: TargetsTable,
    /// What holds for every entity that does not say otherwise.
    #[serde(default)]
    pub defaults: EntityTable,
    /// The spec's own profiles.
    #[serde(default)]
    pub profile: IndexMap<String, EntityTable>,
    /// The certification authorities.
    #[serde(default)]
    pub ca: IndexMap<String, EntityTable>,
    /// The end entities.
    #[serde(default)]
    pub leaf: IndexMap<String, EntityTable>,
    /// Key pairs without a certificate.
    #[serde(default)]
    pub key: IndexMap<String, EntityTable>,
}

/// What an environment lays over the spec.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "an environment", deny_unknown_fields, default)]
#[schemars(rename = "Environment")]
pub struct EnvironmentTable {
    /// Variables that differ.
    pub vars: IndexMap<String, AnyValue>,
    /// Where its files go.
    pub output: OutputTable,
    /// A seed or an epoch of its own; `false`: here keys are random.
    pub reproducible: Option<ReproducibleOverlay>,
    /// Clouds that differ.
    pub target: TargetsTable,
    /// Defaults that differ.
    pub defaults: EntityTable,
    /// Profiles that differ.
    pub profile: IndexMap<String, EntityTable>,
    /// Certification authorities that differ, or exist here alone.
    pub ca: IndexMap<String, EntityTable>,
    /// End entities that differ, or exist here alone.
    pub leaf: IndexMap<String, EntityTable>,
    /// Key pairs that differ, or exist here alone.
    pub key: IndexMap<String, EntityTable>,
}

/// Where the files go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "output", deny_unknown_fields, default)]
#[schemars(rename = "Output")]
pub struct OutputTable {
    /// The store, relative to the spec; `pki/{{ spec }}`, or with an environment `pki/{{ spec }}.{{ env }}`, if unsaid.
    pub dir: Option<Spanned<Templated<String>>>,
    /// `folder` (`root/cert.pem`, the default), `flat` (`root.cert.pem`), or a table from artifact to path.
    pub layout: Option<Spanned<Layout>>,
}

/// How the files of a store are named.
#[derive(Clone, Debug)]
pub enum Layout {
    /// A folder for each entity.
    Folder,
    /// All in one folder, each file's name beginning with the entity's id.
    Flat,
    /// A template for each artifact; those not named lie as in `folder`.
    Paths(IndexMap<Artifact, Spanned<Templated<String>>>),
}

/// One spec to begin from, or several, the later over the earlier.
#[derive(Clone, Debug)]
pub struct Extends;

/// A value of any type.
#[derive(Clone, Debug)]
pub struct AnyValue;

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Variables are taken from the tree as they are; here they only must not fail.
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for AnyValue {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "number", "boolean", "array", "object"] })
    }
}

impl<'de> Deserialize<'de> for Extends {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The source layer has followed it, and has said what is wrong with it.
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Extends {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Extends".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string", "minLength": 1 } },
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Layout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LayoutVisitor;
        impl<'de> de::Visitor<'de> for LayoutVisitor {
            type Value = Layout;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`folder`, `flat`, or a table from artifact to path")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Layout, E> {
                match text {
                    "folder" => Ok(Layout::Folder),
                    "flat" => Ok(Layout::Flat),
                    _ => Err(E::unknown_variant(text, &["folder", "flat"])),
                }
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Layout, A::Error> {
                IndexMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(Layout::Paths)
            }
        }
        deserializer.deserialize_any(LayoutVisitor)
    }
}

impl JsonSchema for Layout {
    fn schema_name() -> Cow<'static, str> {
        "Layout".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let paths = Artifact::path_properties();
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["folder", "flat"] },
                { "type": "object", "properties": paths, "additionalProperties": false },
            ],
        })
    }
}
