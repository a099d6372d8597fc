//! The shape of an extension that is a list: the list itself, or a table that holds it beside `critical`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};

use crate::source::{ByShape, Diagnostic, Diagnostics, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{FromText, Scope, Templated, render_list};

/// A list of values, and perhaps a word on criticality.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<E> {
    /// The values.
    pub values: Vec<Spanned<E>>,
    /// Displaces the customary criticality.
    pub critical: Option<Spanned<Templated<bool>>>,
}

/// The table form.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(rename = "extension", deny_unknown_fields)]
struct ListedTable<E> {
    /// The values.
    values: Vec<Spanned<E>>,
    /// Whether who does not know the extension must refuse the certificate; displaces what is customary.
    critical: Option<Spanned<Templated<bool>>>,
}

impl<'de, E: Deserialize<'de>> ByShape<'de> for Listed<E> {
    const EXPECTING: &'static str = "a list, or a table `{ values = […], critical = … }`";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(match shape {
            Shape::Array => Some(Self {
                values: value.newtype_variant()?,
                critical: None,
            }),
            Shape::Table => {
                let ListedTable { values, critical } = value.newtype_variant()?;
                Some(Self { values, critical })
            }
            _ => None,
        })
    }
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Listed<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl<E: JsonSchema> JsonSchema for Listed<E> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", E::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = generator.subschema_for::<Vec<E>>();
        let mut described = list.clone();
        described.insert("description".to_owned(), "The values.".into());
        let mut critical = generator.subschema_for::<Templated<bool>>();
        critical.insert(
            "description".to_owned(),
            "Displaces the customary criticality.".into(),
        );
        json_schema!({ "anyOf": [list, {
            "type": "object",
            "properties": { "values": described, "critical": critical },
            "required": ["values"],
            "additionalProperties": false,
        }] })
    }
}

/// One value or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Several<E>(pub Vec<Spanned<E>>);

impl<E> Default for Several<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, E: Deserialize<'de>> ByShape<'de> for Several<E> {
    const EXPECTING: &'static str = "a value or a list of values";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(Some(Self(match shape {
            Shape::Array => value.newtype_variant()?,
            _ => vec![value.newtype_variant()?],
        })))
    }
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for Several<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl<E: JsonSchema> JsonSchema for Several<E> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMoreOf{}", E::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<E>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// Renders a list, each element that is one `{{ list }}` spliced in; a bad element is reported, and the others go on.
pub(super) fn render_each<T: FromText + Clone>(
    elements: &[Spanned<Templated<T>>],
    scope: &Scope,
    found: &mut Diagnostics,
) -> Vec<Spanned<T>> {
    let mut values = Vec::new();
    for element in elements {
        match &element.value {
            Templated::Fixed(value) => values.push(Spanned::new(value.clone(), element.span)),
            Templated::Template(template) => {
                let text = Templated::Template(template.clone());
                for text in found
                    .take(splice(text, element.span, scope))
                    .into_iter()
                    .flatten()
                {
                    let value = T::from_text(&text).map_err(|why| invalid(why, &text));
                    values.extend(
                        found
                            .take(value)
                            .map(|value| Spanned::new(value, text.span)),
                    );
                }
            }
        }
    }
    values
}

/// The texts that a template yields: one, or the elements of a list.
pub(super) fn splice(
    text: Templated<String>,
    span: Span,
    scope: &Scope,
) -> Result<Vec<Spanned<String>>, Diagnostic> {
    render_list(&[Spanned::new(text, span)], scope)
}

/// The finding for a rendered text that its place does not take.
pub(super) fn invalid<T>(why: impl Into<String>, place: &Spanned<T>) -> Diagnostic {
    Diagnostic::error("invalid-value", why).at(place.span, "")
}
