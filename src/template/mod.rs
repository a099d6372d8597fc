//! minijinja over string values, strict and with fuel: a value cannot inject structure.

mod engine;
mod filters;
mod scope;
mod templated;

pub use scope::Scope;
pub use templated::{FromText, Template, Templated, list_items, render_list};
