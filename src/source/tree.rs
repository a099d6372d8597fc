//! The tree of a spec: TOML values, each with the place where it was written.

use indexmap::IndexMap;

use super::Span;

/// A value of the tree and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value stands (of a string: with its quotes).
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a node holds: TOML's own types.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A string.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both, as TOML writes them.
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A table: keys in the order of writing, each with the place of the key itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    entries: IndexMap<String, (Span, Node)>,
}

impl Node {
    /// Joins a value with its place.
    #[must_use]
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { span, kind }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        if let Kind::Table(table) = &self.kind {
            Some(table)
        } else {
            None
        }
    }

    /// The table to change, if it is one.
    pub fn as_table_mut(&mut self) -> Option<&mut Table> {
        if let Kind::Table(table) = &mut self.kind {
            Some(table)
        } else {
            None
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind {
            Some(text)
        } else {
            None
        }
    }

    /// The value under a path of keys, if every step is a table that has it.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        let mut node = self;
        for key in path {
            node = node.as_table()?.get(key)?;
        }
        Some(node)
    }
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|(_, node)| node)
    }

    /// The value of a key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.get_mut(key).map(|(_, node)| node)
    }

    /// Where a key itself stands.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.get(key).map(|(span, _)| *span)
    }

    /// Sets a key and its place; a key that is there keeps its position in the order.
    pub fn insert(&mut self, key: impl Into<String>, key_span: Span, node: Node) {
        self.entries.insert(key.into(), (key_span, node));
    }

    /// Takes a key away, the order of the others kept.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        self.entries.shift_remove(key).map(|(_, node)| node)
    }

    /// Keys, their places and values, in the order of writing.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Span, &Node)> {
        self.entries
            .iter()
            .map(|(key, (span, node))| (key.as_str(), *span, node))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
