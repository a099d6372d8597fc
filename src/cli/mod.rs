//! The command line: one file a command; the only layer that prints or exits.

mod apply;
mod args;
mod check;
mod completions;
mod digest;
mod enroll;
mod exit;
mod extract;
mod graph;
mod init;
mod man;
mod merge;
mod output;
mod plan;
mod prove;
mod refusal;
mod rules;
mod run;
mod saved;
mod schema;
mod session;
mod show;
mod signer;
mod tree;
mod trust;
mod validate;
mod verify;
mod watch;

pub use run::run;
