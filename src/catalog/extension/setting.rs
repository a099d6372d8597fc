//! One extension of an entity: set, or taken away with `false`.

use crate::source::Spanned;

/// What a spec says of one extension.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting<X> {
    /// `false`: an inherited extension is taken away.
    Removed,
    /// The extension as written.
    Set(Spanned<X>),
}
