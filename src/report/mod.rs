//! Drawing plans, diagnostics, trees and outcomes as text or JSON.

pub mod graph;
pub mod json;
pub mod progress;
pub mod style;
pub mod text;

mod fold;

pub use style::{Style, count};
