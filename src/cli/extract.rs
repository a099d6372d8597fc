//! `pkiform extract`: one member of a packed fleet as files of its own.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, store_error};
use crate::catalog::{Artifact, Layout};
use crate::plan::find_member;
use crate::source::Diagnostic;
use crate::store::{MemoryFile, Pack, State, StoreError, unpack};

/// Take one member out of a pack: its key, its certificate, its chain and what else the pack has of it
#[derive(Args, Debug)]
pub(super) struct Extract {
    /// The member's id
    #[arg(value_name = "ID")]
    id: String,
    /// The spec that declares the fleet
    #[arg(short, long, value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The folder for its files, which may hold none of them yet; unsaid, one of its name
    #[arg(long, value_name = "DIR")]
    to: Option<Utf8PathBuf>,
    #[command(flatten)]
    values: Values,
}

impl Extract {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let state = session.state().map_err(|error| session.refusal(error))?;
        let refuse = |error| session.refusal(store_error(&error));
        let found = find_member(&session.hierarchy, &state, &self.id)
            .map_err(|found| session.refusal(found))?;
        let (pack, outputs) = match found {
            Some(found) => {
                let entity = found.planned.part.hierarchy.get(&self.id);
                let outputs = entity.map(|entity| entity.outputs.clone());
                (found.pack, outputs.unwrap_or_default())
            }
            // Who has left the spec stays in the pack.
            None => match self.left(&session, &state).map_err(refuse)? {
                Some(pack) => (Some(pack), Vec::new()),
                None => return Err(self.absent(&session)),
            },
        };
        let Some(pack) = pack else {
            return Err(not_made(&self.id, &session));
        };
        let rows = pack.rows([self.id.as_str()]).map_err(refuse)?;
        let Some(row) = rows.into_iter().next() else {
            return Err(not_made(&self.id, &session));
        };
        let mut files: BTreeMap<Utf8PathBuf, MemoryFile> = BTreeMap::new();
        let mut put = |artifact: Artifact, bytes: Zeroizing<Vec<u8>>| {
            let path = Utf8PathBuf::from(artifact.file_name(Layout::Folder, &self.id, ""));
            let name = path.file_name().unwrap_or_default().into();
            let wanted = outputs.iter().find(|output| output.artifact == artifact);
            let usual = if artifact.is_secret() { 0o600 } else { 0o644 };
            let mode = wanted.map_or(usual, |output| output.mode);
            files.insert(name, MemoryFile { bytes, mode });
        };
        let issuer = row.entry.issuer.as_deref().unwrap_or_default();
        let chain = pack.chain(issuer).map_err(refuse)?;
        let certificate = row.files.get(Artifact::Cert.id()).cloned();
        for (name, bytes) in row.files {
            let known = |artifact: &&Artifact| artifact.id() == name;
            if let Some(artifact) = Artifact::ALL.iter().find(known) {
                put(*artifact, bytes);
            }
        }
        if let (Some((chain, root)), Some(mut full)) = (chain, certificate) {
            full.extend_from_slice(chain.as_bytes());
            put(Artifact::Fullchain, full);
            put(Artifact::Chain, Zeroizing::new(chain.into_bytes()));
            put(Artifact::Ca, Zeroizing::new(root.into_bytes()));
        }
        let folder = self.to.clone().unwrap_or_else(|| self.id.clone().into());
        unpack(&folder, &files).map_err(refuse)?;
        let names: Vec<&str> = files.keys().map(|path| path.as_str()).collect();
        if output.json {
            output.data(&json!({ "id": self.id, "folder": folder.as_str(), "files": names }));
        } else {
            output.say(&format!("{} in {folder}/: {}\n", self.id, names.join(", ")));
        }
        Ok(Exit::Done)
    }

    /// The pack of a packed fleet that has the member, whatever the spec says.
    fn left(&self, session: &Session, state: &State) -> Result<Option<Pack>, StoreError> {
        for fleet in session.hierarchy.fleets() {
            for (_, pack) in state.packs_of(&session.hierarchy, fleet)? {
                if !pack.rows([self.id.as_str()])?.is_empty() {
                    return Ok(Some(pack));
                }
            }
        }
        Ok(None)
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "an error that is passed on is small"
    )]
    fn absent(&self, session: &Session) -> Box<Refusal> {
        let (what, help) = match session.hierarchy.get(&self.id) {
            Some(_) => (
                format!("`{}` is in no pack", self.id),
                format!("its files lie in {}", session.store),
            ),
            None => (
                format!("no packed fleet of {} has `{}`", self.spec, self.id),
                "ids are as `device-7`; `pkiform plan` lists the fleets".to_owned(),
            ),
        };
        session.refusal(Diagnostic::error("extract", what).help(help))
    }
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "an error that is passed on is small"
)]
fn not_made(id: &str, session: &Session) -> Box<Refusal> {
    session.refusal(
        Diagnostic::error("extract", format!("`{id}` is not made yet"))
            .help(format!("pkiform apply {}", session.call)),
    )
}
