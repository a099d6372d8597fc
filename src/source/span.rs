//! A span of text in the one space that all files of a spec share, and a value that remembers its own.

use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// A range of bytes in the [`SourceMap`](super::SourceMap)'s space, end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The span of what stands in no file: a value that pkiform supplied or that came by a flag.
    pub const NOWHERE: Self = Self {
        start: u32::MAX,
        end: u32::MAX,
    };

    /// By how much a string in the file is longer than its text, and how much of that stands before the text: without
    /// quotes, with one, with three, with three and a newline.
    pub(super) const QUOTES: &[(usize, u32)] = &[(0, 0), (2, 1), (6, 3), (7, 4)];

    /// Whether this span points into a file.
    #[must_use]
    pub fn is_somewhere(self) -> bool {
        self.start != u32::MAX
    }

    /// The place of a part of a string, given the string's own span, with its quotes or without; the whole of it where
    /// escapes make the text differ from what stands in the file.
    #[must_use]
    pub fn part(self, text: &str, part: std::ops::Range<usize>) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        // What the file has more than the text are the quotes: one or three at each end, and a newline after three.
        let more = self.end.saturating_sub(self.start).checked_sub(length);
        let quotes = more
            .and_then(|more| usize::try_from(more).ok())
            .and_then(|more| Self::QUOTES.iter().find(|(known, _)| *known == more));
        let Some((_, quotes)) = quotes.filter(|_| self.is_somewhere()) else {
            return self;
        };
        let position = |offset: usize| {
            u32::try_from(offset)
                .unwrap_or(0)
                .saturating_add(self.start)
                .saturating_add(*quotes)
        };
        Self {
            start: position(part.start),
            end: position(part.end),
        }
    }
}

/// A value with the place where the user wrote it.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// A value that no file holds.
    pub fn nowhere(value: T) -> Self {
        Self {
            value,
            span: Span::NOWHERE,
        }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: change(self.value),
            span: self.span,
        }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Two values are equal wherever they were written.
impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// The name by which [`Spanned`] asks the tree's deserializer for a span; no user can write it as a struct's name.
pub(super) const SPANNED_NAME: &str = "$pkiform::Spanned";
/// The fields that the deserializer then offers, in this order.
pub(super) const SPANNED_FIELDS: &[&str] = &["start", "end", "value"];

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpannedVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
            type Value = Spanned<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its span")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let missing =
                    || de::Error::custom("a spanned value is read from a spec's tree only");
                let (_, start) = map.next_entry::<&str, u32>()?.ok_or_else(missing)?;
                let (_, end) = map.next_entry::<&str, u32>()?.ok_or_else(missing)?;
                let (_, value) = map.next_entry::<&str, T>()?.ok_or_else(missing)?;
                Ok(Spanned {
                    value,
                    span: Span { start, end },
                })
            }
        }
        deserializer.deserialize_struct(
            SPANNED_NAME,
            SPANNED_FIELDS,
            SpannedVisitor(std::marker::PhantomData),
        )
    }
}

/// The schema is the value's own: an editor sees no spans.
impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Asks a deserializer for a place and a value, by the protocol of [`Spanned`].
pub(crate) fn deserialize_spanned<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    visitor: V,
) -> Result<V::Value, D::Error> {
    deserializer.deserialize_struct(SPANNED_NAME, SPANNED_FIELDS, visitor)
}
