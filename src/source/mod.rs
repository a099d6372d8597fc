//! Where the words of a spec come from: files merged into one spanned tree, and the diagnostics that point into it.

mod deserialize;
mod diagnostic;
mod document;
mod map;
mod merge;
mod span;
mod suggest;
mod tree;

pub use deserialize::read;
pub use diagnostic::{Diagnostic, Diagnostics, Label, Level};
pub use document::{Document, Rows, VariableSources};
pub use map::{Location, SourceMap};
pub use merge::overlay;
pub use span::{Span, Spanned};
pub use suggest::nearest;
pub use tree::{Kind, Node, Table};
