//! From the arguments to a command, and from its end to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::args::Global;
use super::exit::Exit;
use super::output::{self, Output};
use super::{
    apply, check, completions, digest, enroll, extract, graph, init, man, merge, plan, prove,
    rules, schema, show, signer, tree, trust, validate, verify,
};

/// A PKI as code: one TOML spec becomes a plan, and the plan becomes keys, certificates and chains
#[derive(Debug, Parser)]
#[command(
    name = "pkiform",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done, 1 the spec or the store has an error, 2 usage, 3 plan has changes (with --detailed-exitcode), 4 verification failed, 130 interrupted"
)]
pub(super) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// The commands, in the order in which a person meets them.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Validate(validate::Validate),
    Plan(plan::PlanCommand),
    Apply(apply::Apply),
    Verify(verify::Verify),
    Check(check::Check),
    Digest(digest::DigestCommand),
    Extract(extract::Extract),
    Merge(merge::Merge),
    Signer(signer::Signer),
    Prove(prove::Prove),
    Enroll(enroll::Enroll),
    Trust(trust::Trust),
    Show(show::Show),
    Tree(tree::Tree),
    Graph(graph::Graph),
    Rules(rules::Rules),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// Whether a user would ask, after an error, what it has written.
    fn writes(&self) -> bool {
        matches!(
            self,
            Self::Init(_) | Self::Validate(_) | Self::Plan(_) | Self::Apply(_)
        )
    }
}

/// Runs the command that the arguments name, the program's own name first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(&cli.global);
    let exit = match &cli.command {
        Command::Init(command) => command.run(output),
        Command::Validate(command) => command.run(output),
        Command::Plan(command) => command.run(output),
        Command::Apply(command) => command.run(output),
        Command::Verify(command) => command.run(output),
        Command::Check(command) => command.run(output),
        Command::Digest(command) => command.run(output),
        Command::Extract(command) => command.run(output),
        Command::Merge(command) => command.run(output),
        Command::Signer(command) => command.run(output),
        Command::Prove(command) => command.run(output),
        Command::Enroll(command) => command.run(output),
        Command::Trust(command) => command.run(output),
        Command::Show(command) => command.run(output),
        Command::Tree(command) => command.run(output),
        Command::Graph(command) => command.run(output),
        Command::Rules(command) => command.run(output),
        Command::Schema(command) => command.run(output),
        Command::Completions(command) => command.run(output),
        Command::Man(command) => command.run(output),
    };
    match exit {
        Ok(_) if output::is_lost() => Exit::Failed.into(),
        Ok(exit) => exit.into(),
        Err(refusal) => {
            output.refuse(&refusal, cli.command.writes());
            Exit::Failed.into()
        }
    }
}
