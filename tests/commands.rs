//! The command as a person meets it: what it prints where, how it exits, what it leaves.

#[cfg(target_os = "linux")]
mod ask;
mod errors;
mod folder;
mod help;
mod run;
mod show;
mod terminal;
