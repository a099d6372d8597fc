//! One setting of a spec: set, or taken away with `false`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, VariantAccess};

use crate::source::{ByShape, Shape, Spanned, deserialize_by_shape};

/// What a spec says of one setting that can be taken away.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting<X> {
    /// `false`: what was inherited is taken away.
    Removed,
    /// The value as written.
    Set(Spanned<X>),
}

impl<X> Setting<X> {
    /// The value, if there is one.
    #[must_use]
    pub fn set(&self) -> Option<&Spanned<X>> {
        if let Self::Set(value) = self {
            Some(value)
        } else {
            None
        }
    }
}

impl<'de, X: Deserialize<'de>> ByShape<'de> for Setting<X> {
    const EXPECTING: &'static str = "a value, or `false` to take away what is inherited";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        if shape != Shape::Boolean {
            return value.newtype_variant().map(|value| Some(Self::Set(value)));
        }
        if value.newtype_variant::<bool>()? {
            return Err(de::Error::custom(
                "`true` sets nothing here: write the value, or `false` to take away what is inherited",
            ));
        }
        Ok(Some(Self::Removed))
    }
}

impl<'de, X: Deserialize<'de>> Deserialize<'de> for Setting<X> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl<X: JsonSchema> JsonSchema for Setting<X> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("SettingOf{}", X::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<X>();
        json_schema!({ "anyOf": [value, { "const": false }] })
    }
}
