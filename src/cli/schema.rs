//! `pkiform schema`: the JSON Schema of the spec language, for editors.

use clap::Args;

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;

use crate::report::json;
use crate::spec::schema;

/// Print the JSON Schema of specs, for editors and validators
#[derive(Args, Debug)]
pub(super) struct Schema {}

impl Schema {
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "every command has this signature"
    )]
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        output.print(&json::text(&schema()));
        Ok(Exit::Done)
    }
}
