//! Signing by another process: one holds the CAs' keys, and workers send it what is to be signed.

mod client;
mod key;
mod protocol;
mod server;

pub use client::RemoteSigner;
pub(super) use key::SigningKey;
pub use server::{Served, serve};
