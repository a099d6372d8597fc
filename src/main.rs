//! The `pkiform` binary: hands its arguments to the library and exits with the code it gets.

use std::process::ExitCode;

/// A fleet's members are made of many small pieces, which the system's allocator takes a fifth of the time for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pkiform::cli::run(std::env::args_os())
}
