//! pkiform, a PKI as code: one TOML spec becomes a plan, and the plan becomes keys, certificates and chains on disk.
//!
//! The modules are layers, listed in the order in which the data goes through them; a module imports only from
//! those listed before its own (`tests/house.rs` holds this).

// The fences of clippy.toml. They are the library's alone: tests may reach for files and clocks.
#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod source;
pub mod template;
pub mod catalog;
pub mod spec;
pub mod hierarchy;
pub mod rules;
pub mod x509;
pub mod crypto;
pub mod store;
pub mod plan;
pub mod execute;
pub mod verify;
pub mod enroll;
pub mod trust;
pub mod report;
pub mod testing;
pub mod cli;

/// What the README shows of the library compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
