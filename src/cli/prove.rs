//! `pkiform prove`: the certificate that proves to a cloud that one has a CA's key.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, finding, now, store_error};
use crate::execute::{self, ExecuteError, check_code, proof_path, prove};
use crate::hierarchy::Entity;
use crate::source::{Diagnostic, nearest};
use crate::store::{Durability, NewFile, Store, write_elsewhere};

/// Prove possession of a CA's key: a certificate whose common name is the verification code, signed by that CA
#[derive(Args, Debug)]
pub(super) struct Prove {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The CA that is to be proved; the root, if there is one alone
    #[arg(long, value_name = "ID")]
    ca: Option<String>,
    /// The verification code that the cloud gave
    #[arg(long)]
    code: String,
    /// Where to write the certificate (else .prove/CA/CODE.pem in the store)
    #[arg(long, value_name = "FILE")]
    cert: Option<Utf8PathBuf>,
    /// Keep its private key, in this file; else it is thrown away
    #[arg(long, value_name = "FILE")]
    key: Option<Utf8PathBuf>,
    #[command(flatten)]
    values: Values,
}

impl Prove {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        check_code(&self.code).map_err(Refusal::alone)?;
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let ca = self.ca(&session).map_err(|fault| session.refusal(fault))?;
        let inside = proof_path(&ca.id, &self.code);
        if self.cert.is_none() && inside.is_none() {
            return Err(session.refusal(
                Diagnostic::error(
                    "proof-code",
                    format!(
                        "the code `{}` is no name of a file",
                        self.code.escape_debug()
                    ),
                )
                .help("say where the certificate goes: --cert FILE"),
            ));
        }
        let seed = session.seed(self.values.allow_commands)?;
        let options = execute::Options {
            seed,
            ..session.execution(self.values.allow_commands)
        };
        let refused = |error| session.refusal(store_error(&error));
        let mut store = Store::open(&session.store).map_err(refused)?;
        let state = session.state().map_err(|fault| session.refusal(fault))?;
        let proof = prove(&session.hierarchy, &state, ca, &self.code, &options).map_err(
            |error| match error {
                ExecuteError::Refused(found) => session.refusal(found),
                other => session.refusal(
                    finding("prove", &other)
                        .help("`pkiform apply` makes the CA; its key must be in the store"),
                ),
            },
        )?;
        let pem = proof.certificate_pem.as_bytes();
        let shown = match (&self.cert, inside) {
            (Some(file), _) => {
                write_elsewhere(file, pem, 0o644).map_err(refused)?;
                file.clone()
            }
            (None, Some(path)) => {
                let file = NewFile {
                    path: &path,
                    bytes: pem,
                    mode: 0o644,
                    group: None,
                    durability: Durability::Synced,
                    private_key: None,
                };
                store.put_entity(&ca.id, &[file]).map_err(refused)?;
                session.store.join(path)
            }
            (None, None) => return Ok(Exit::Failed),
        };
        if let Some(file) = &self.key {
            write_elsewhere(file, &proof.key_pem, 0o600).map_err(refused)?;
        }
        store.note(&[proof.ledger]).map_err(refused)?;
        if output.json {
            output.data(&json!({
                "ca": ca.id,
                "code": self.code,
                "certificate": shown.as_str(),
                "key": self.key.as_ref().map(|file| file.as_str()),
                "serial": proof.serial,
                "not_after": proof.not_after.to_string(),
            }));
        } else {
            output.diagnostics(&session.warnings, &session.map);
            output.say(&format!(
                "Made {shown}: CN={}, issued by {}, valid until {}.\n",
                self.code,
                ca.id,
                proof.not_after.strftime("%F")
            ));
        }
        Ok(Exit::Done)
    }

    /// The CA that is meant.
    fn ca<'a>(&self, session: &'a Session) -> Result<&'a Entity, Diagnostic> {
        let hierarchy = &session.hierarchy;
        let Some(id) = &self.ca else {
            let mut roots = hierarchy.cas().filter(|ca| ca.issuer.is_none());
            return match (roots.next(), roots.next()) {
                (Some(root), None) => Ok(root),
                _ => Err(
                    Diagnostic::error("unknown-entity", "which CA is to be proved?")
                        .help("name it: --ca ID (`pkiform tree` lists them)"),
                ),
            };
        };
        match hierarchy.get(id) {
            Some(entity) if entity.is_ca() => Ok(entity),
            Some(entity) => Err(Diagnostic::error(
                "unknown-entity",
                format!("`{id}` is no CA, and signs nothing"),
            )
            .at(entity.span, "declared here")),
            None => {
                let error =
                    Diagnostic::error("unknown-entity", format!("the spec has no CA `{id}`"));
                let near = nearest(id, hierarchy.cas().map(|ca| ca.id.as_str()));
                Err(match near {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help("`pkiform tree` lists them"),
                })
            }
        }
    }
}
