//! `pkiform graph`: the hierarchy as a picture, in four forms.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, store_error};
use crate::hierarchy::{Entity, Fleet, Hierarchy};
use crate::report::graph;
use crate::source::Diagnostic;
use crate::store::{State, StoreError, certificate_of, write_elsewhere};
use crate::verify::is_due;
use crate::x509::Certificate;

/// Draw the hierarchy: DOT, Mermaid, SVG, or a page for a browser
#[derive(Args, Debug)]
pub(super) struct Graph {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The form (else what the file's ending says, else dot)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file to write (else standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    #[command(flatten)]
    values: Values,
}

/// A form of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// Markdown's flowcharts
    Mermaid,
    /// A picture, light or dark as the reader has it
    Svg,
    /// One page: hierarchy, time line, every certificate, search
    Html,
}

impl Graph {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let state = session.state().map_err(|fault| session.refusal(fault))?;
        let found = |entity: &Entity| certificate_of(entity, &state);
        let due = |entity: &Entity, certificate: &Certificate| is_due(entity, certificate, now);
        // A pack that can't be read is drawn as one that is not there, and `verify` says why.
        let packed = |fleet: &Fleet| {
            packed(fleet, &session.hierarchy, &state).unwrap_or_else(|_| graph::Packed::default())
        };
        let graph = graph::graph(&session.hierarchy, &found, &packed, &due);
        let drawn = match self.format() {
            Format::Dot => Ok(graph::dot(&graph)),
            Format::Mermaid => Ok(graph::mermaid(&graph)),
            Format::Svg => graph::svg(&graph),
            Format::Html => graph::page(&graph, &found, &due),
        };
        let text = drawn
            .map_err(|error| session.refusal(Diagnostic::error("graph", error.to_string())))?;
        output.diagnostics(&session.warnings, &session.map);
        let Some(path) = &self.output else {
            output.print(&text);
            return Ok(Exit::Done);
        };
        write_elsewhere(path, text.as_bytes(), 0o644)
            .map_err(|error| session.refusal(store_error(&error)))?;
        if output.json {
            output.data(&json!({ "file": path.as_str() }));
        } else {
            output.say(&format!("Drawn: {path}\n"));
        }
        Ok(Exit::Done)
    }

    fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension());
        self.format.unwrap_or(match ending {
            Some("mmd" | "mermaid") => Format::Mermaid,
            Some("svg") => Format::Svg,
            Some("html" | "htm") => Format::Html,
            _ => Format::Dot,
        })
    }
}

fn packed(
    fleet: &Fleet,
    hierarchy: &Hierarchy,
    state: &State,
) -> Result<graph::Packed, StoreError> {
    let mut all = graph::Packed::default();
    for (owner, pack) in state.packs_of(hierarchy, fleet)? {
        all.files.push(owner.file().into_string());
        all.members = all.members.saturating_add(pack.len()?);
        let dates = all.dates.into_iter().chain(pack.ends_first()?);
        all.dates = dates.min_by_key(|(_, end)| *end);
    }
    Ok(all)
}
