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
use crate::store::{MemoryFile, unpack};

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
        let found = find_member(&session.hierarchy, &state, &self.id)
            .map_err(|found| session.refusal(found))?;
        let absent = |what: String, help: String| {
            session.refusal(Diagnostic::error("extract", what).help(help))
        };
        let Some(found) = found else {
            return Err(match session.hierarchy.get(&self.id) {
                Some(_) => absent(
                    format!("`{}` is in no pack", self.id),
                    format!("its files lie in {}", session.store),
                ),
                None => absent(
                    format!("no packed fleet of {} has `{}`", self.spec, self.id),
                    "ids are as `device-7`; `pkiform plan` lists the fleets".to_owned(),
                ),
            });
        };
        let (Some(pack), Some(entity)) = (&found.pack, found.planned.part.hierarchy.get(&self.id))
        else {
            return Err(not_made(&self.id, &session));
        };
        if found.planned.state.locked(&self.id).is_none() {
            return Err(not_made(&self.id, &session));
        }
        let refuse = |error| session.refusal(store_error(&error));
        let mut files: BTreeMap<Utf8PathBuf, MemoryFile> = BTreeMap::new();
        let mut put = |artifact: Artifact, mode: u32, bytes: Zeroizing<Vec<u8>>| {
            let path = Utf8PathBuf::from(artifact.file_name(Layout::Folder, &self.id, ""));
            let name = path.file_name().unwrap_or_default().into();
            files.insert(name, MemoryFile { bytes, mode });
        };
        let mut certificate = String::new();
        for file in &entity.outputs {
            if let Some(bytes) = found
                .planned
                .state
                .read_file(&file.path)
                .map_err(refuse)?
                .map(Zeroizing::new)
            {
                if file.artifact == Artifact::Cert {
                    certificate = String::from_utf8_lossy(&bytes).into_owned();
                }
                put(file.artifact, file.mode, bytes);
            }
        }
        let issuer = entity.issuer.as_ref().map(|issuer| issuer.value.as_str());
        if let Some((chain, root)) = issuer
            .map(|issuer| pack.chain(issuer))
            .transpose()
            .map_err(refuse)?
            .flatten()
        {
            let text = |text: String| Zeroizing::new(text.into_bytes());
            put(
                Artifact::Fullchain,
                0o644,
                text(format!("{certificate}{chain}")),
            );
            put(Artifact::Chain, 0o644, text(chain));
            put(Artifact::Ca, 0o644, text(root));
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
