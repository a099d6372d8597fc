//! The command as a person meets it: what it prints where, how it exits, what it leaves.

mod errors;
mod folder;
mod help;
mod run;
mod terminal;
