//! serde's deserializer over a tree: errors carry the place, and reading goes on after each.

use std::fmt::{self, Display};

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::shape::SHAPE_NAME;
use super::span::{SPANNED_FIELDS, SPANNED_NAME};
use super::{Diagnostic, Diagnostics, Kind, Node, Span, nearest};

/// Reads a tree into a type. What is wrong is reported and left out, and the rest is read on, so that many faults come
/// at once; there is a value only if there was none.
pub fn read<T: DeserializeOwned>(
    node: &Node,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    /// One reading a fault: enough for any spec that a person wrote.
    const MOST_FAULTS: usize = 50;
    let mut tree = node.clone();
    let mut clean = true;
    let mut removed: Vec<Vec<Step>> = Vec::new();
    for _ in 0..MOST_FAULTS {
        match T::deserialize(TreeDeserializer(&tree)) {
            Ok(value) => return clean.then_some(value),
            Err(fault) => {
                clean = false;
                let path = fault.path.clone();
                if fault.code == "missing-key" {
                    // What this reading took out itself is not missing.
                    let mut missing = vec![Step::Key(fault.message.clone())];
                    missing.extend(path.iter().cloned());
                    if removed.contains(&missing) {
                        return None;
                    }
                }
                diagnostics.push(fault.into_diagnostic(what, tree.span));
                if !take_out(&mut tree, &path) {
                    return None;
                }
                removed.push(path);
            }
        }
    }
    None
}

/// Takes the value at a path out of the tree; false if there is none to take.
fn take_out(tree: &mut Node, path: &[Step]) -> bool {
    let Some((last, above)) = path.split_first() else {
        return false;
    };
    let mut node = tree;
    for step in above.iter().rev() {
        let next = match (step, &mut node.kind) {
            (Step::Key(key), Kind::Table(table)) => table.get_mut(key),
            (Step::Index(index), Kind::Array(items)) => items.get_mut(*index),
            _ => None,
        };
        let Some(next) = next else { return false };
        node = next;
    }
    match (last, &mut node.kind) {
        (Step::Key(key), Kind::Table(table)) => table.remove(key).is_some(),
        (Step::Index(index), Kind::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

/// A step down the tree.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// One fault: what it is, where it is, and the way to it, the last step first.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    message: String,
    known: Option<(String, &'static [&'static str])>,
    span: Option<Span>,
    path: Vec<Step>,
}

impl Fault {
    fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            known: None,
            span: None,
            path: Vec::new(),
        }
    }

    fn within(mut self, step: Step, span: Span) -> Self {
        self.span.get_or_insert(span);
        self.path.push(step);
        self
    }

    fn into_diagnostic(self, what: &str, root: Span) -> Diagnostic {
        let span = self.span.unwrap_or(root);
        // Of an unknown key the path ends at the key: the table is the step above.
        let table = self
            .path
            .iter()
            .skip(usize::from(self.code == "unknown-key"))
            .find_map(|step| {
                if let Step::Key(key) = step {
                    Some(format!("`{key}`"))
                } else {
                    None
                }
            })
            .unwrap_or_else(|| what.to_owned());
        let message = match (self.code, &self.known) {
            ("unknown-key", Some((key, _))) => format!("`{key}` is no key of {table}"),
            ("missing-key", _) => format!("{table} lacks its `{}`", self.message),
            _ => self.message,
        };
        let diagnostic = Diagnostic::error(self.code, message);
        match self.known {
            Some((written, known)) => match nearest(&written, known.iter().copied()) {
                Some(near) => diagnostic.at(span, format!("did you mean `{near}`?")),
                None => diagnostic
                    .at(span, "unknown")
                    .help(format!("known are: {}", known.join(", "))),
            },
            None if self.code == "wrong-type" => diagnostic.at(span, "wrong type"),
            None => diagnostic.at(span, ""),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new("invalid-value", message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            "wrong-type",
            format!("{} stands where {expected} belongs", noun(found)),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            "invalid-value",
            format!("{} stands where {expected} belongs", noun(found)),
        )
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let mut fault = Self::new("unknown-key", format!("`{field}` is unknown"));
        fault.known = Some((field.to_owned(), known));
        fault
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let mut fault = Self::new(
            "invalid-value",
            format!("`{variant}` is none of the known values"),
        );
        fault.known = Some((variant.to_owned(), known));
        fault
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("missing-key", field.to_owned())
    }
}

/// What was found, in TOML's words.
fn noun(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(value) => format!("the string {value:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Clone, Copy)]
struct TreeDeserializer<'a>(&'a Node);

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

#[cfg(test)]
mod tests;
