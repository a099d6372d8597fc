//! The `pkiform` binary: hands its arguments to the library and exits with the code it gets.

use std::process::ExitCode;

fn main() -> ExitCode {
    pkiform::cli::run(std::env::args_os())
}
