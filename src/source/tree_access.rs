//! serde's deserializer over a tree: errors carry the place of the innermost value.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::fault::{Fault, Step};
use super::shape::SHAPE_NAME;
use super::span::{SPANNED_FIELDS, SPANNED_NAME};
use super::{Kind, Node, Span};

#[derive(Clone, Copy)]
pub(super) struct TreeDeserializer<'a>(pub(super) &'a Node);

impl<'de> Deserializer<'de> for TreeDeserializer<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let span = self.0.span;
        let result = match &self.0.kind {
            Kind::String(text) | Kind::Datetime(text) => visitor.visit_str(text),
            Kind::Integer(number) => visitor.visit_i64(*number),
            Kind::Float(number) => visitor.visit_f64(*number),
            Kind::Boolean(value) => visitor.visit_bool(*value),
            Kind::Array(items) => visitor.visit_seq(Items { items, index: 0 }),
            Kind::Table(table) => visitor.visit_map(Entries {
                entries: table.iter().collect(),
                index: 0,
            }),
        };
        result.map_err(|mut fault: Fault| {
            fault.span.get_or_insert(span);
            fault
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == SPANNED_NAME {
            return visitor.visit_map(SpannedAccess {
                node: self.0,
                field: 0,
            });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let result = match &self.0.kind {
            _ if name == SHAPE_NAME => visitor.visit_enum(ShapeAccess(self.0)),
            Kind::String(text) => visitor.visit_enum(UnitVariant(text)),
            _ => return self.deserialize_any(visitor),
        };
        result.map_err(|mut fault: Fault| {
            fault.span.get_or_insert(self.0.span);
            fault
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    items: &'a [Node],
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.index) else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        seed.deserialize(TreeDeserializer(item))
            .map(Some)
            .map_err(|fault| fault.within(Step::Index(index), item.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.index.min(self.items.len()))
    }
}

struct Entries<'a> {
    entries: Vec<(&'a str, Span, &'a Node)>,
    index: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, span, _)) = self.entries.get(self.index) else {
            return Ok(None);
        };
        seed.deserialize(StrDeserializer::new(key))
            .map(Some)
            .map_err(|fault: Fault| fault.within(Step::Key((*key).to_owned()), *span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, _, node)) = self.entries.get(self.index) else {
            return Err(de::Error::custom(
                "a value is asked for where there is no key",
            ));
        };
        self.index += 1;
        seed.deserialize(TreeDeserializer(node))
            .map_err(|fault| fault.within(Step::Key((*key).to_owned()), node.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.index.min(self.entries.len()))
    }
}

/// Offers a node as [`Spanned`](super::Spanned) asks for it: start, end, value.
struct SpannedAccess<'a> {
    node: &'a Node,
    field: usize,
}

impl<'de> MapAccess<'de> for SpannedAccess<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        match SPANNED_FIELDS.get(self.field) {
            Some(field) => seed
                .deserialize(BorrowedStrDeserializer::new(field))
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        self.field += 1;
        match self.field {
            1 => seed.deserialize(U32Deserializer::new(self.node.span.start)),
            2 => seed.deserialize(U32Deserializer::new(self.node.span.end)),
            _ => seed.deserialize(TreeDeserializer(self.node)),
        }
    }
}

/// Offers a node as [`ByShape`](super::ByShape) asks for it: the name of its shape, then the node itself.
struct ShapeAccess<'a>(&'a Node);

impl<'de> EnumAccess<'de> for ShapeAccess<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let shape = match &self.0.kind {
            Kind::String(_) => "string",
            Kind::Integer(_) => "integer",
            Kind::Float(_) => "float",
            Kind::Boolean(_) => "boolean",
            Kind::Datetime(_) => "datetime",
            Kind::Array(_) => "array",
            Kind::Table(_) => "table",
        };
        let shape: BorrowedStrDeserializer<'de, Fault> = BorrowedStrDeserializer::new(shape);
        Ok((seed.deserialize(shape)?, self))
    }
}

impl<'de> VariantAccess<'de> for ShapeAccess<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(TreeDeserializer(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        TreeDeserializer(self.0).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        TreeDeserializer(self.0).deserialize_any(visitor)
    }
}

struct UnitVariant<'a>(&'a str);

impl<'de> EnumAccess<'de> for UnitVariant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let variant: StrDeserializer<'_, Fault> = StrDeserializer::new(self.0);
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de> VariantAccess<'de> for UnitVariant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Fault> {
        Err(de::Error::custom("a name alone does not say all"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("a name alone does not say all"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fault> {
        Err(de::Error::custom("a name alone does not say all"))
    }
}
