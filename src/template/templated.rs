//! A value that may be a template: fixed, or rendered when the entity that it belongs to is known.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{
    BoolDeserializer, F64Deserializer, I64Deserializer, MapAccessDeserializer,
    SeqAccessDeserializer, StrDeserializer,
};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::written::Items;
use super::{Scope, Template};
use crate::source::{Diagnostic, Span, Spanned, deserialize_spanned};

/// A value that a template's text becomes once it is rendered.
pub trait FromText: Sized {
    /// Reads the rendered text.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value, or a template of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Templated<T> {
    /// Written outright.
    Fixed(T),
    /// To be rendered.
    Template(Template),
}

impl<T: FromText> Templated<T> {
    /// A text in hand, which may be a template; `span` is the string that it is, or is a part of.
    ///
    /// # Errors
    /// A text that is no template and no value either.
    pub fn parse_at(text: &str, span: Span) -> Result<Self, Diagnostic> {
        if let Some(template) = Template::new(text, span) {
            return Ok(Self::Template(template));
        }
        T::from_text(text)
            .map(Self::Fixed)
            .map_err(|why| invalid(why, span))
    }

    /// The value in a scope.
    ///
    /// # Errors
    /// The template fails, or renders to what is no such value.
    pub fn render(&self, scope: &Scope) -> Result<T, Diagnostic>
    where
        T: Clone,
    {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Template(template) => {
                let text = template.render(scope)?;
                T::from_text(&text).map_err(|why| {
                    invalid(why, template.span())
                        .note(format!("the template renders to `{}`", text.escape_debug()))
                })
            }
        }
    }
}

impl Templated<String> {
    /// A text in hand, which is a whole string of the spec: every text is a string.
    #[must_use]
    pub fn from_text_at(text: &str, span: Span) -> Self {
        Template::new(text, span).map_or_else(|| Self::Fixed(text.to_owned()), Self::Template)
    }

    /// The same where the text is but a part of a string, or an unescaped part of it; `span` is that part, or the whole
    /// string where the part can't be placed.
    #[must_use]
    pub fn from_part_at(text: &str, span: Span) -> Self {
        Template::new_part(text, span).map_or_else(|| Self::Fixed(text.to_owned()), Self::Template)
    }

    /// The text as written, template or not.
    #[must_use]
    pub fn source(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Template(template) => template.text(),
        }
    }
}

impl<T> Templated<T> {
    /// The value, if it is written outright.
    #[must_use]
    pub fn fixed(&self) -> Option<&T> {
        if let Self::Fixed(value) = self {
            Some(value)
        } else {
            None
        }
    }

    /// Whether a template has this name in it, as a word.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        let Self::Template(template) = self else {
            return false;
        };
        template
            .text()
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .any(|word| word == name)
    }
}

/// Renders a list; an element that is one `{{ expression }}` which yields a list stands for its items.
///
/// # Errors
/// A template that fails.
pub fn render_list(
    elements: &[Spanned<Templated<String>>],
    scope: &Scope,
) -> Result<Vec<Spanned<String>>, Diagnostic> {
    let mut rendered = Vec::with_capacity(elements.len());
    for Spanned { value, span } in elements {
        match value {
            Templated::Fixed(text) => rendered.push(Spanned::new(text.clone(), *span)),
            Templated::Template(template) => match template.items(scope)? {
                Items::One(text) => rendered.push(Spanned::new(text, *span)),
                Items::Many(texts) => {
                    rendered.extend(texts.into_iter().map(|text| Spanned::new(text, *span)));
                }
            },
        }
    }
    Ok(rendered)
}

/// The items of a template that is one `{{ expression }}` and yields a list; none if it does not.
#[must_use]
pub fn list_items(
    templated: &Templated<String>,
    scope: &Scope,
) -> Option<Result<Vec<Spanned<String>>, Diagnostic>> {
    let Templated::Template(template) = templated else {
        return None;
    };
    let place = |text| Spanned::new(text, template.span());
    match template.items(scope) {
        Ok(Items::One(_)) => None,
        Ok(Items::Many(texts)) => Some(Ok(texts.into_iter().map(place).collect())),
        Err(diagnostic) => Some(Err(diagnostic)),
    }
}

fn invalid(why: String, span: Span) -> Diagnostic {
    Diagnostic::error("invalid-value", why).at(span, "")
}

impl FromText for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl FromText for $number {
            fn from_text(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| {
                    format!("`{text}` is no whole number from 0 to {}", <$number>::MAX)
                })
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64);

impl FromText for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("`{text}` is neither `true` nor `false`")),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Templated<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlacedVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PlacedVisitor<T> {
            type Value = Templated<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or a template of one")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let no_span = || de::Error::custom("a table stands where a value belongs");
                let start = map.next_entry::<String, u32>()?.ok_or_else(no_span)?.1;
                let end = map.next_entry::<String, u32>()?.ok_or_else(no_span)?.1;
                map.next_key::<String>()?.ok_or_else(no_span)?;
                map.next_value_seed(ValueSeed {
                    span: Span { start, end },
                    of: PhantomData,
                })
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                ValueSeed {
                    span: Span::NOWHERE,
                    of: PhantomData,
                }
                .visit_str(text)
            }
        }
        deserialize_spanned(deserializer, PlacedVisitor(PhantomData))
    }
}

/// Reads a string with a template in it as a template, whatever else as the value.
struct ValueSeed<T> {
    span: Span,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ValueSeed<T> {
    type Value = Templated<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ValueSeed<T> {
    type Value = Templated<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or a template of one")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some(template) = Template::new(text, self.span) {
            return Ok(Templated::Template(template));
        }
        T::deserialize(StrDeserializer::new(text)).map(Templated::Fixed)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        T::deserialize(I64Deserializer::new(number)).map(Templated::Fixed)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        T::deserialize(F64Deserializer::new(number)).map(Templated::Fixed)
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Self::Value, E> {
        T::deserialize(BoolDeserializer::new(truth)).map(Templated::Fixed)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(items)).map(Templated::Fixed)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Templated::Fixed)
    }
}

/// A string of the schema's own type, or one with a template in it.
impl<T: JsonSchema> JsonSchema for Templated<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Templated_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        let any_string = value.as_object().is_some_and(|object| {
            object.get("type").is_some_and(|kind| kind == "string") && object.len() == 1
        });
        if any_string {
            return value;
        }
        json_schema!({ "anyOf": [value, { "type": "string", "pattern": r"\{[{%#]" }] })
    }
}
