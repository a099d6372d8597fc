//! minijinja over string values, strict and with fuel: a value cannot inject structure.

mod engine;
mod explain;
mod filters;
mod scope;
mod templated;
mod words;
mod written;

pub use scope::Scope;
pub use templated::{FromText, Templated, list_items, render_list};
pub use written::Template;

#[cfg(test)]
mod tests;
