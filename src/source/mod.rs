//! Where the words of a spec come from: files merged into one spanned tree, and the diagnostics that point into it.

mod diagnostic;
mod shape;
mod span;
mod tree;

pub use diagnostic::{Diagnostic, Diagnostics, Label, Level};
pub use shape::{ByShape, Shape, deserialize_by_shape};
pub use span::{Span, Spanned};
pub use tree::{Kind, Node, Table};
