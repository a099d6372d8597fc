//! What many tests use: a PKI that the real command makes in a folder of its own, and what lies in it.

mod files;
mod pki;

pub(crate) use files::{Facts, facts};
pub(crate) use pki::{NOW, Pki, Run};
