//! `pkiform completions`: a script that lets a shell complete commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::run::Cli;

/// Print a shell's completion script
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "every command has this signature")]
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pkiform", &mut script);
        output.print(&String::from_utf8_lossy(&script));
        Ok(Exit::Done)
    }
}
