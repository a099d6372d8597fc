//! The tests that go through the door: the library's public items, the command, and judges that others wrote.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bad_input;
mod cli;
mod commands;
mod complaints;
mod crash;
mod engine;
mod enroll;
mod fuzz;
mod given_keys;
mod graph;
mod house;
mod idempotent;
mod iot;
mod judges;
mod keys;
mod order;
mod outputs;
mod outside;
mod packs;
mod private;
mod reach;
mod prove;
mod readme;
mod reproducible;
mod revocation;
mod rows;
mod rules;
mod scale;
mod schema;
mod second_encoder;
mod shell;
mod signer;
mod specs;
mod store;
mod support;
mod testing;
mod trust;
