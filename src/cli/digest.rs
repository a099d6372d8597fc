//! `pkiform digest`: one SHA-256 for all that a store holds.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::{Value, json};

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::store_error;
use crate::store::{State, digest, listing};

/// Print one SHA-256 over all artifacts and the lock of a store: equal digests, equal stores
#[derive(Args, Debug)]
pub(super) struct DigestCommand {
    /// The store
    #[arg(value_name = "DIR")]
    store: Utf8PathBuf,
    /// Print a line a file (digest, mode of private files, path); the digest is the SHA-256 of these lines
    #[arg(long)]
    files: bool,
}

impl DigestCommand {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let listing = State::read(&self.store)
            .and_then(|state| listing(&state))
            .map_err(|error| Refusal::alone(store_error(&error)))?;
        if output.json {
            let files: Vec<Value> = listing
                .iter()
                .map(|file| {
                    json!({
                        "path": file.path.as_str(),
                        "mode": file.mode.map(|mode| format!("{mode:04o}")),
                        "sha256": data_encoding::HEXLOWER.encode(&file.sha256),
                    })
                })
                .collect();
            output.data(&json!({ "digest": digest(&listing), "files": files }));
        } else if self.files {
            let lines: String = listing.iter().map(crate::store::Listed::line).collect();
            output.print(&lines);
        } else {
            output.print(&format!("{}\n", digest(&listing)));
        }
        Ok(Exit::Done)
    }
}
