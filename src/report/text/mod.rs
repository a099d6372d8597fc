//! Text for people: one file for each thing that is drawn.

mod diagnostic;
mod crl;
mod differences;
mod fleet;
mod outcome;
mod plan;
mod rules;
mod show;
mod tree;
mod verdict;

pub use crl::crl;
pub use diagnostic::{closing, diagnostic, diagnostics};
pub use differences::differences;
pub use outcome::outcome;
pub use plan::{Detail, no_changes, plan};
pub use rules::rules;
pub use show::{ShownFile, certificate, certificates, entity, public_key, request};
pub use tree::tree;
pub use verdict::verdict;
