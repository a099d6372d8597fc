//! `pkiform merge`: the shares that several machines made of a fleet, joined to one pack.

use std::sync::atomic::AtomicUsize;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::json;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, finding, now, store_error};
use super::watch::watched;
use crate::execute::{ExecuteError, Source, merge};
use crate::report::style::thousands;
use crate::store::{State, Store};

/// Join the shares of packed fleets that `apply --shard I/N` made, after checking that nothing overlaps or is missing
#[derive(Args, Debug)]
pub(super) struct Merge {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The stores that have the shares; unsaid, the spec's own
    #[arg(value_name = "DIR")]
    from: Vec<Utf8PathBuf>,
    #[command(flatten)]
    values: Values,
}

impl Merge {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let refuse = |error| session.refusal(store_error(&error));
        let own = vec![session.store.clone()];
        let dirs = if self.from.is_empty() {
            &own
        } else {
            &self.from
        };
        let mut sources = Vec::with_capacity(dirs.len());
        for dir in dirs {
            // Shares of the store itself are known by its name.
            let dir = if is_same(dir, &session.store) {
                session.store.clone()
            } else {
                dir.clone()
            };
            let state = State::read(&dir).map_err(refuse)?;
            let header = crate::store::Header {
                spec: session.hierarchy.name().to_owned(),
                env: session.hierarchy.env().map(str::to_owned),
            };
            state.check_header(&header).map_err(refuse)?;
            if state.lock_sha256().is_none() {
                return Err(refuse(crate::store::StoreError::NoLock(dir)));
            }
            if sources
                .iter()
                .all(|known: &Source| !is_same(&known.dir, &dir))
            {
                sources.push(Source { state, dir });
            }
        }
        let mut store = Store::open(&session.store).map_err(refuse)?;
        let walked = AtomicUsize::new(0);
        let merged = watched(output, "merging", &walked, || {
            merge(
                &session.hierarchy,
                &sources,
                &mut store,
                &session.store,
                &walked,
            )
        });
        let merged = merged.map_err(|error| match error {
            ExecuteError::Refused(found) => session.refusal(found),
            ExecuteError::Store(error) => session.refusal(store_error(&error)),
            other => session.refusal(finding("merge", &other)),
        })?;
        if output.json {
            let packs: Vec<_> = merged
                .packs
                .iter()
                .map(|one| {
                    json!({
                        "fleet": one.fleet,
                        "pack": one.pack.as_str(),
                        "shares": one.shares,
                        "members": one.members,
                    })
                })
                .collect();
            output.data(&json!({ "packs": packs, "loose": merged.loose }));
        } else {
            for one in &merged.packs {
                output.say(&format!(
                    "{}: {} members of {} shares in {}\n",
                    one.fleet,
                    thousands(usize::try_from(one.members).unwrap_or(usize::MAX)),
                    one.shares,
                    one.pack
                ));
            }
            if merged.packs.is_empty() && merged.loose == 0 {
                output.say(&format!("Nothing is to be joined in {}.\n", session.store));
            }
            if merged.loose > 0 {
                output.say(&format!(
                    "beside packs: {} in {}\n",
                    if merged.loose == 1 {
                        "1 leaf or key".to_owned()
                    } else {
                        format!("{} leaves and keys", thousands(merged.loose))
                    },
                    session.store
                ));
            }
            output.say(&format!("Next: pkiform verify {}\n", session.call));
        }
        Ok(Exit::Done)
    }
}

/// Whether two paths name one folder.
fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    one == other
        || one
            .canonicalize_utf8()
            .is_ok_and(|one| other.canonicalize_utf8().is_ok_and(|other| one == other))
}
