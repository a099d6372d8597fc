//! A subject in its three forms: a table of attributes, an RFC 4514 string, a list of RDNs.

use std::borrow::Cow;
use std::fmt;

use const_oid::ObjectIdentifier;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value, json};

use crate::catalog::attribute::{ATTRIBUTES, AttributeType};
use crate::catalog::distinguished_name::resolve_dn;
use crate::catalog::name::{Attribute, DistinguishedName, StringType};
use crate::source::{ByShape, Diagnostic, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{Scope, Templated, render_list};

/// A subject as written.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Attributes by name; in the certificate they stand in the customary order, the widest first.
    Table(Vec<(&'static AttributeType, Spanned<Values>)>),
    /// An RFC 4514 string, the most particular RDN first.
    Text(String),
    /// RDNs in the order of the certificate, the widest first.
    List(Vec<Spanned<WrittenRdn>>),
}

/// The value of an attribute, or several, each in an RDN of its own.
#[derive(Clone, Debug)]
pub enum Values {
    /// One.
    One(Templated<String>),
    /// Several.
    Many(Vec<Spanned<Templated<String>>>),
}

/// One RDN of the list form.
#[derive(Clone, Debug)]
pub enum WrittenRdn {
    /// Attributes by name; several make it multi-valued.
    Named(Vec<(&'static AttributeType, Spanned<Values>)>),
    /// One attribute of any type.
    Any(AnyAttribute),
    /// A multi-valued RDN, its attributes one by one.
    Multi(Vec<Spanned<WrittenRdn>>),
}

/// An attribute of any type, with the string type that it is written in.
#[derive(Clone, Debug)]
pub struct AnyAttribute {
    oid: ObjectIdentifier,
    value: Spanned<Templated<String>>,
    string: Option<StringType>,
}

impl Subject {
    /// Renders the values. What a value holds stays one value: it makes neither an attribute nor an RDN.
    ///
    /// # Errors
    /// A string that is not RFC 4514, a template that fails, or a value that its string type cannot hold.
    pub fn resolve(&self, scope: &Scope, span: Span) -> Result<DistinguishedName, Diagnostic> {
        match self {
            Self::Text(text) => resolve_dn(text, span, scope),
            Self::Table(attributes) => {
                let mut rdns = Vec::new();
                for row in ATTRIBUTES {
                    for (_, values) in attributes.iter().filter(|(known, _)| known.oid == row.oid) {
                        let found = values_of(row, values, scope)?;
                        rdns.extend(found.into_iter().map(|attribute| vec![attribute]));
                    }
                }
                Ok(DistinguishedName(rdns))
            }
            Self::List(rdns) => {
                let rdns: Result<Vec<_>, _> = rdns
                    .iter()
                    .map(|rdn| attributes_of(&rdn.value, scope))
                    .collect();
                Ok(DistinguishedName(rdns?))
            }
        }
    }
}

/// The attributes that the values of one key make; an empty one is left out, as `{{ department }}` may be.
fn values_of(
    row: &AttributeType,
    values: &Spanned<Values>,
    scope: &Scope,
) -> Result<Vec<Attribute>, Diagnostic> {
    let rendered = match &values.value {
        // Read through a visitor, the value has no place of its own: its key's value has it.
        Values::One(value) => {
            let value = Templated::from_text_at(value.source(), values.span);
            vec![Spanned::new(value.render(scope)?, values.span)]
        }
        Values::Many(many) => render_list(many, scope)?,
    };
    rendered
        .into_iter()
        .filter(|value| !value.value.is_empty())
        .map(|value| Attribute::new(row.oid, value.value, None, value.span))
        .collect()
}

fn attributes_of(rdn: &WrittenRdn, scope: &Scope) -> Result<Vec<Attribute>, Diagnostic> {
    match rdn {
        WrittenRdn::Named(attributes) => {
            let mut found = Vec::new();
            for (row, values) in attributes {
                found.extend(values_of(row, values, scope)?);
            }
            Ok(found)
        }
        WrittenRdn::Any(AnyAttribute { oid, value, string }) => Ok(vec![Attribute::new(
            *oid,
            value.value.render(scope)?,
            *string,
            value.span,
        )?]),
        WrittenRdn::Multi(parts) => {
            let mut found = Vec::new();
            for part in parts {
                found.extend(attributes_of(&part.value, scope)?);
            }
            Ok(found)
        }
    }
}

/// The names of all attributes, for "did you mean".
fn attribute_names() -> &'static [&'static str] {
    static NAMES: std::sync::LazyLock<Vec<&'static str>> =
        std::sync::LazyLock::new(|| ATTRIBUTES.iter().map(|row| row.key).collect());
    NAMES.as_slice()
}

/// A key that must be an attribute's; as a type of its own, so that a wrong one is pointed at.
struct AttributeKey(&'static AttributeType);

impl<'de> Deserialize<'de> for AttributeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        AttributeType::by_key(&key)
            .map(Self)
            .ok_or_else(|| de::Error::unknown_field(&key, attribute_names()))
    }
}

/// A key of an RDN's table.
enum RdnKey {
    Type,
    Value,
    String,
    Attribute(&'static AttributeType),
}

impl<'de> Deserialize<'de> for RdnKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Ok(match key.as_str() {
            "type" => Self::Type,
            "value" => Self::Value,
            "string" => Self::String,
            _ => AttributeKey::deserialize(de::value::StringDeserializer::new(key))
                .map(|AttributeKey(row)| Self::Attribute(row))?,
        })
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl<'de> ByShape<'de> for Values {
    const EXPECTING: &'static str = "a string, or a list of strings";

    fn read<V: de::VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(Some(match shape {
            Shape::String => Self::One(value.newtype_variant()?),
            Shape::Array => Self::Many(value.newtype_variant()?),
            _ => return Ok(None),
        }))
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SubjectVisitor;
        impl<'de> de::Visitor<'de> for SubjectVisitor {
            type Value = Subject;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a table of attributes, an RFC 4514 string (`CN=a,O=b`), or a list of RDNs",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Subject, E> {
                Ok(Subject::Text(text.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Subject, A::Error> {
                let mut attributes = Vec::new();
                while let Some(AttributeKey(row)) = map.next_key()? {
                    attributes.push((row, map.next_value()?));
                }
                Ok(Subject::Table(attributes))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Subject, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Subject::List)
            }
        }
        deserializer.deserialize_any(SubjectVisitor)
    }
}

impl<'de> Deserialize<'de> for WrittenRdn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RdnVisitor;
        impl<'de> de::Visitor<'de> for RdnVisitor {
            type Value = WrittenRdn;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "an RDN: `{ common_name = \"…\" }`, `{ type = \"2.5.4.3\", value = \"…\", string = \"utf8\" }`, or a list of these",
                )
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<WrittenRdn, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(WrittenRdn::Multi)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<WrittenRdn, A::Error> {
                let (mut oid, mut value, mut string) = (None, None, None);
                let mut named = Vec::new();
                while let Some(key) = map.next_key::<RdnKey>()? {
                    match key {
                        RdnKey::Type => {
                            oid = Some(any_type::<A::Error>(&map.next_value::<String>()?)?);
                        }
                        RdnKey::Value => value = Some(map.next_value()?),
                        RdnKey::String => string = Some(map.next_value()?),
                        RdnKey::Attribute(row) => named.push((row, map.next_value()?)),
                    }
                }
                match (oid, value) {
                    (Some(oid), Some(value)) if named.is_empty() => {
                        Ok(WrittenRdn::Any(AnyAttribute { oid, value, string }))
                    }
                    (None, None) if string.is_none() => Ok(WrittenRdn::Named(named)),
                    _ => Err(de::Error::custom(
                        "`type` and `value` go together (with `string` if you like), and with no other key",
                    )),
                }
            }
        }
        deserializer.deserialize_any(RdnVisitor)
    }
}

/// An attribute's type: an OID, a key of the table form, or a short name of RFC 4514.
fn any_type<E: de::Error>(text: &str) -> Result<ObjectIdentifier, E> {
    if let Some(known) = AttributeType::by_key(text).or_else(|| AttributeType::by_short_name(text))
    {
        return Ok(known.oid);
    }
    ObjectIdentifier::new(text).map_err(|_| {
        E::custom(format!(
            "`{text}` is neither an OID (`2.5.4.3`) nor the name of an attribute"
        ))
    })
}

fn attribute_properties() -> Map<String, Value> {
    ATTRIBUTES
        .iter()
        .map(|row| {
            let schema = json!({
                "description": format!("{}: {} ({}).", row.short, row.doc, row.oid),
                "anyOf": [
                    { "type": "string" },
                    { "type": "array", "items": { "type": "string" } },
                ],
            });
            (row.key.to_owned(), schema)
        })
        .collect()
}

impl JsonSchema for Subject {
    fn schema_name() -> Cow<'static, str> {
        "Subject".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rdn = generator.subschema_for::<WrittenRdn>();
        json_schema!({
            "description": "A subject: a table of attributes, an RFC 4514 string (`CN=a,O=b`), or a list of RDNs.",
            "type": ["object", "string", "array"],
            "properties": attribute_properties(),
            "additionalProperties": false,
            "items": rdn,
        })
    }
}

impl JsonSchema for WrittenRdn {
    fn schema_name() -> Cow<'static, str> {
        "Rdn".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let string = generator.subschema_for::<StringType>();
        let mut properties = attribute_properties();
        properties.insert(
            "type".into(),
            json!({ "type": "string", "description": "The attribute's OID or name." }),
        );
        properties.insert(
            "value".into(),
            json!({ "type": "string", "description": "Its value." }),
        );
        properties.insert("string".into(), json!(string));
        json_schema!({
            "description": "One RDN: attributes by name, or one of any type; a list of these for a multi-valued one.",
            "type": ["object", "array"],
            "properties": properties,
            "additionalProperties": false,
            "items": { "$ref": "#/$defs/Rdn" },
        })
    }
}
