//! Pictures of a hierarchy: DOT, Mermaid, SVG, and a page for a browser; one file a form.

mod dot;
mod layout;
mod mermaid;
mod node;
mod page;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use node::{Graph, Node, Packed, Status, graph};
pub use page::page;
pub use svg::svg;
