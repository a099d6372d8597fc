//! A value that may be written in several shapes: it sees which TOML type stands there, then reads it as what fits.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, EnumAccess, VariantAccess, Visitor};

/// The TOML type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    String,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A date or time.
    Datetime,
    /// A list.
    Array,
    /// A table.
    Table,
}

/// A type that reads itself by the shape of what stands there.
///
/// It keeps what serde's `untagged` loses: spans, strict keys and many errors at once, because the value is read
/// by the tree's own deserializer and not from a copy.
pub trait ByShape<'de>: Sized {
    /// What is expected, for the message: "a list or a table".
    const EXPECTING: &'static str;

    /// Reads the value: `value.newtype_variant::<T>()` reads it as a `T`. None: this shape does not fit.
    ///
    /// # Errors
    /// Those of the type as which it is read.
    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error>;
}

/// The name by which the tree's deserializer is asked for a shape; no user can write it as an enum's name.
pub(super) const SHAPE_NAME: &str = "$pkiform::Shape";

/// Reads a type by shape; to be called from its `Deserialize`.
///
/// # Errors
/// Those of [`ByShape::read`]; the shape does not fit; the deserializer is not that of a spec's tree.
pub fn deserialize_by_shape<'de, T: ByShape<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct ShapeVisitor<T>(PhantomData<T>);
    impl<'de, T: ByShape<'de>> Visitor<'de> for ShapeVisitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTING)
        }
        fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<T, A::Error> {
            let (shape, value) = access.variant::<Shape>()?;
            T::read(shape, value)?.ok_or_else(|| {
                de::Error::custom(format_args!("expected {}, found {shape}", T::EXPECTING))
            })
        }
    }
    deserializer.deserialize_enum(SHAPE_NAME, Shape::NAMES, ShapeVisitor(PhantomData))
}

impl Shape {
    /// The names under which the deserializer passes shapes, in the order of the enum.
    pub(super) const NAMES: &'static [&'static str] = &[
        "string", "integer", "float", "boolean", "datetime", "array", "table",
    ];
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "a string",
            Self::Integer => "a whole number",
            Self::Float => "a number with a fraction",
            Self::Boolean => "true or false",
            Self::Datetime => "a date",
            Self::Array => "a list",
            Self::Table => "a table",
        })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match <&str>::deserialize(deserializer)? {
            "string" => Self::String,
            "integer" => Self::Integer,
            "float" => Self::Float,
            "boolean" => Self::Boolean,
            "datetime" => Self::Datetime,
            "array" => Self::Array,
            "table" => Self::Table,
            other => return Err(de::Error::unknown_variant(other, Self::NAMES)),
        })
    }
}
