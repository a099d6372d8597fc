//! `pkiform tree`: who issues whom.

use clap::Args;
use serde_json::Value;

use super::args::Specs;
use super::exit::Exit;
use super::output::Output;
use super::session::{Refusal, Session, now, specs};
use crate::hierarchy::Entity;
use crate::report::{json, text};
use crate::source::{Diagnostic, SourceMap};

/// Draw the hierarchy: who issues whom
#[derive(Args, Debug)]
pub(super) struct Tree {
    #[command(flatten)]
    specs: Specs,
}

impl Tree {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let values = &self.specs.values;
        let alone = |error: Diagnostic| {
            Box::new(Refusal {
                found: error.into(),
                map: SourceMap::new(),
            })
        };
        let now = now(values.now.as_deref()).map_err(alone)?;
        let paths = specs(&self.specs.specs).map_err(alone)?;
        let mut data = Vec::new();
        for path in &paths {
            let session = Session::load(path, values, now, paths.len() > 1)?;
            output.diagnostics(&session.warnings, &session.map);
            if output.json {
                data.push(json::tree(&session.hierarchy));
                continue;
            }
            let state = session.state().ok();
            let end_of = |entity: &Entity| state.as_ref()?.locked(&entity.id)?.not_after;
            if paths.len() > 1 {
                output.print(&format!("{path}\n"));
            }
            output.print(&text::tree(&session.hierarchy, &end_of, output.style));
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
