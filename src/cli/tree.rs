//! `pkiform tree`: who issues whom.

use clap::Args;
use serde_json::Value;

use super::args::Specs;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, specs};
use crate::hierarchy::Entity;
use crate::report::{json, text};

/// Draw the hierarchy: who issues whom
#[derive(Args, Debug)]
pub(super) struct Tree {
    #[command(flatten)]
    specs: Specs,
}

impl Tree {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let paths = specs(&self.specs.specs).map_err(Refusal::alone)?;
        let mut data = Vec::new();
        for session in &Session::load_all(&paths, values, now)? {
            output.diagnostics(&session.warnings, &session.map);
            if output.json {
                data.push(json::tree(&session.hierarchy));
                continue;
            }
            let state = session.state().ok();
            let end_of = |entity: &Entity| state.as_ref()?.locked(&entity.id)?.not_after;
            if paths.len() > 1 {
                output.print(&format!("{}\n", session.spec));
            }
            output.print(&text::tree(
                &session.hierarchy,
                &end_of,
                output.detail(),
                output.style,
            ));
        }
        if output.json {
            output.data(&match <[Value; 1]>::try_from(data) {
                Ok([one]) => one,
                Err(several) => Value::Array(several),
            });
        }
        Ok(Exit::Done)
    }
}
