//! `pkiform man`: the manual pages.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, CommandFactory};

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::run::Cli;
use super::session::finding;

/// Print the manual page, or write one for each command
#[derive(Args, Debug)]
pub(super) struct Man {
    /// Write pkiform.1, pkiform-apply.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<Utf8PathBuf>,
}

impl Man {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        match &self.dir {
            None => {
                let mut page = Vec::new();
                let _ = clap_mangen::Man::new(Cli::command()).render(&mut page);
                output.print(&String::from_utf8_lossy(&page));
            }
            Some(dir) => write(dir).map_err(|error| {
                Refusal::alone(finding("man", &error).help(format!("is `{dir}` a folder?")))
            })?,
        }
        Ok(Exit::Done)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "manual pages go where the user says, outside of any store"
)]
fn write(dir: &Utf8Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command(), dir)
}
