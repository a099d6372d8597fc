//! The tests that go through the door: the library's public items, the command, and judges that others wrote.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod crash;
mod engine;
mod house;
mod judges;
mod readme;
mod rules;
mod schema;
mod specs;
mod store;
