//! `pkiform signer`: one process that holds the keys of CAs, and signs what workers send it.

use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Args;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, finding, now};
use crate::execute::{self, ExecuteError, Served, serve};
use crate::source::Diagnostic;
use crate::store::listen;

/// Hold the keys of CAs and sign for `apply --signer`: certificates and CRLs, over a Unix domain socket, until it is ended
#[derive(Args, Debug)]
pub(super) struct Signer {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The socket to listen at; only this user may connect
    #[arg(long, value_name = "PATH")]
    listen: Utf8PathBuf,
    /// Only for this CA (may be repeated); unsaid, for every one whose key is here
    #[arg(long, value_name = "ID")]
    ca: Vec<String>,
    /// Sign certificates of CAs too
    #[arg(long)]
    allow_ca: bool,
    #[command(flatten)]
    values: Values,
}

impl Signer {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let state = session.state().map_err(|error| session.refusal(error))?;
        let options = execute::Options {
            seed: session.seed(self.values.allow_commands)?,
            ..session.execution(self.values.allow_commands)
        };
        let ids = self.ids(&session)?;
        let served = Served::load(&ids, &session.hierarchy, &state, &options, self.allow_ca);
        let served = served.map_err(|error| match error {
            ExecuteError::Refused(found) => session.refusal(found),
            other => session.refusal(finding("signer", &other)),
        })?;
        let fault = |error: std::io::Error| {
            let what = format!("{} can't be listened at: {error}", self.listen);
            session.refusal(
                Diagnostic::error("signer", what)
                    .help("name a path in a folder of yours, where nothing lies"),
            )
        };
        let listener = listen(&self.listen).map_err(fault)?;
        end_with(self.listen.clone());
        output.note(&format!(
            "Signing for {} at {}\n",
            ids.join(", "),
            self.listen
        ));
        let told: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(move |line: &str| {
            if output.verbose || line.starts_with("refused") {
                output.note(&format!("{line}\n"));
            }
        });
        serve(&listener, &Arc::new(served), &told).map_err(fault)?;
        Ok(Exit::Done)
    }

    /// The CAs that are served.
    fn ids(&self, session: &Session) -> Result<Vec<String>, Box<Refusal>> {
        if self.ca.is_empty() {
            let keyed = session.hierarchy.cas().filter(|ca| {
                ca.external
                    .as_ref()
                    .is_none_or(|external| external.key.is_some())
            });
            return Ok(keyed.map(|ca| ca.id.clone()).collect());
        }
        for id in &self.ca {
            if !session
                .hierarchy
                .get(id)
                .is_some_and(|entity| entity.is_ca())
            {
                return Err(session.refusal(
                    Diagnostic::error(
                        "unknown-entity",
                        format!("--ca names `{id}`, which is no CA of the spec"),
                    )
                    .help(format!("`pkiform tree {}` lists them", self.spec)),
                ));
            }
        }
        Ok(self.ca.clone())
    }
}

/// Takes the socket away when the user or the system ends the program.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "nothing is under way that could be lost, and the socket goes with it"
)]
fn end_with(socket: Utf8PathBuf) {
    // Where there can be no handler, the next signer replaces the socket.
    let _ = ctrlc::set_handler(move || {
        let _ = std::fs::remove_file(&socket);
        std::process::exit(0);
    });
}
