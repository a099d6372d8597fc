//! Where the words of a spec come from: files merged into one spanned tree, and the diagnostics that point into it.

mod deserialize;
mod diagnostic;
mod document;
mod fault;
mod files;
mod map;
mod merge;
mod parse;
mod rows;
mod shape;
mod span;
mod suggest;
mod tally;
mod tree;
mod tree_access;
mod variables;

pub use deserialize::read;
pub use diagnostic::{About, Diagnostic, Diagnostics, Label, Level};
pub use document::{Commands, Document, Failure};
pub(crate) use files::read_small;
pub use map::{Location, SourceMap};
pub use merge::overlay;
pub use rows::{Field, Row, RowCommand, RowFormat, RowSource, Rows};
pub use shape::{ByShape, Shape, deserialize_by_shape};
pub(crate) use span::deserialize_spanned;
pub use span::{Span, Spanned};
pub use suggest::nearest;
pub use tally::Tally;
pub use tree::{Kind, Node, Table};
pub use variables::VariableSources;
