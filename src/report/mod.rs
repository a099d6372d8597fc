//! Drawing plans, diagnostics, trees and outcomes as text or JSON.

pub mod json;
pub mod progress;
pub mod style;
pub mod text;

pub use style::{Style, count};
