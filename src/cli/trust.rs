//! `pkiform trust`: a root into the trust stores of a machine, out of them, and whether it is in.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::apply::confirmed;
use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now};
use crate::source::Diagnostic;
use crate::store::stays_below;
use crate::trust::{
    Act, Anchor, Kind, Status, Steps, Storepass, anchor, databases, of_system, perform, shown,
    status, steps,
};

/// Let a machine trust a root, or trust it no more: system, NSS, Java
#[derive(Args, Debug)]
pub(super) struct Trust {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Take a root into trust stores: the commands are shown, and a question is asked on a terminal
    Install(Install),
    /// Take a root out of trust stores
    Remove(Where),
    /// Say which stores hold a root; exit with 4 if one of those named does not
    Status(Where),
}

#[derive(Args, Debug)]
struct Install {
    #[command(flatten)]
    at: Where,
    /// Trust even a root whose key everybody can derive from the spec
    #[arg(long, visible_alias = "allow-insecure-seed")]
    allow_insecure_key: bool,
}

#[derive(Args, Debug)]
struct Where {
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// The root; not needed if the spec has one alone
    #[arg(long, value_name = "ID")]
    ca: Option<String>,
    /// The store, again and again: debian, fedora, p11-kit, nss:FOLDER, java, java:FILE, macos, windows (else the system's
    /// own)
    #[arg(long = "store", value_name = "STORE")]
    stores: Vec<Kind>,
    /// Where keytool finds the password of a Java keystore: `env:NAME` or `file:PATH` (else it is Java's own, changeit)
    #[arg(long, value_name = "SOURCE")]
    storepass: Option<Storepass>,
    /// The folder of an image, instead of this machine
    #[arg(long, value_name = "DIR")]
    root: Option<Utf8PathBuf>,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    values: Values,
}

/// What is wanted of the stores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    In,
    Out,
}

impl Trust {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        match &self.verb {
            Verb::Install(install) => {
                install
                    .at
                    .change(output, Wanted::In, install.allow_insecure_key)
            }
            Verb::Remove(at) => at.change(output, Wanted::Out, true),
            Verb::Status(at) => at.status(output),
        }
    }
}

impl Where {
    fn load(&self) -> Result<(Session, Anchor), Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let state = session.state().map_err(|fault| session.refusal(fault))?;
        let anchor = anchor(&session.hierarchy, &state, self.ca.as_deref())
            .map_err(|fault| session.refusal(fault))?;
        Ok((session, anchor))
    }

    /// Links of an image mean its own paths; followed from here, they lead to this machine's.
    fn stays_in_image(&self, stores: &[Kind], anchor: &Anchor) -> Result<(), Diagnostic> {
        let Some(root) = &self.root else {
            return Ok(());
        };
        for act in stores
            .iter()
            .flat_map(|kind| self.steps(kind, anchor).install)
        {
            if let Act::Write(path, _) = act
                && !stays_below(root, &path)
                    .map_err(|error| Diagnostic::error("trust", error.to_string()))?
            {
                return Err(Diagnostic::error(
                    "trust",
                    format!("`{path}` leads out of `{root}` by a link"),
                )
                .help("run pkiform in the image itself, where the link means what it says"));
            }
        }
        Ok(())
    }

    fn steps(&self, kind: &Kind, anchor: &Anchor) -> Steps {
        let storepass = self.storepass.clone().unwrap_or_default();
        steps(kind, anchor, self.root.as_deref(), &storepass)
    }

    /// The stores that are named, or the system's own.
    fn stores(&self) -> Result<Vec<Kind>, Diagnostic> {
        let root = self.root.as_deref();
        let stores = if self.stores.is_empty() {
            let own = of_system(root).ok_or_else(|| {
                let what = match root {
                    Some(root) => format!("`{root}` is no image whose trust store is known"),
                    None => "this system's trust store is not known".to_owned(),
                };
                Diagnostic::error("trust", what).help("name one with --store")
            })?;
            vec![own]
        } else {
            self.stores.clone()
        };
        if let Some(root) = root
            && let Some(other) = stores
                .iter()
                .find(|store| !matches!(store, Kind::Debian | Kind::Fedora))
        {
            return Err(Diagnostic::error(
                "trust",
                format!("--root is for an image's own store, not for {other}"),
            )
            .help(format!(
                "name what lies in it: --store nss:{root}/… or java:{root}/…"
            )));
        }
        Ok(stores)
    }

    fn change(
        &self,
        output: Output,
        wanted: Wanted,
        allow_insecure_key: bool,
    ) -> Result<Exit, Box<Refusal>> {
        let (session, anchor) = self.load()?;
        if anchor.is_everybodys && !allow_insecure_key {
            return Err(session.refusal(
                Diagnostic::error(
                    "insecure-root",
                    "everybody who has the spec can derive this root's key, and sign whatever this machine would believe",
                )
                .help("give the spec a seed of its own (seed = \"env:…\"); or --allow-insecure-key, on a machine that guards nothing"),
            ));
        }
        if wanted == Wanted::In {
            check(&anchor, &session).map_err(|fault| session.refusal(fault))?;
        }
        let stores = self.stores().map_err(|fault| session.refusal(fault))?;
        self.stays_in_image(&stores, &anchor)
            .map_err(|fault| session.refusal(fault))?;
        let mut todo: Vec<(Kind, Steps, Vec<Act>)> = Vec::new();
        let mut done = Vec::new();
        for kind in stores {
            let steps = self.steps(&kind, &anchor);
            let acts = acts(&steps, &status(&steps, &anchor), wanted);
            if acts.is_empty() {
                done.push(kind);
            } else {
                todo.push((kind, steps, acts));
            }
        }
        if !output.json {
            for (kind, _, acts) in &todo {
                output.note(&format!("{kind}:\n"));
                for act in acts {
                    output.note(&format!("  {}\n", shown(act)));
                }
            }
        }
        let question = match wanted {
            Wanted::In => format!(
                "\nThis machine would believe whatever `{}` signs. Go on? [y/N] ",
                anchor.certificate.subject()
            ),
            Wanted::Out => "\nGo on? [y/N] ".to_owned(),
        };
        if !todo.is_empty() && !self.yes && !confirmed(output, &question) {
            output.note("Nothing was changed.\n");
            return Ok(Exit::Failed);
        }
        for (index, (kind, steps, acts)) in todo.iter().enumerate() {
            change(steps, acts, &anchor, wanted).map_err(|error| {
                session
                    .refusal(error.note(format!("store {kind}")))
                    .written(index > 0)
            })?;
        }
        let changed: Vec<String> = todo.iter().map(|(kind, ..)| kind.to_string()).collect();
        let same: Vec<String> = done.iter().map(ToString::to_string).collect();
        if output.json {
            output.data(&json!({ "root": anchor.name, "changed": changed, "unchanged": same }));
            return Ok(Exit::Done);
        }
        let (is_now, is_already) = match wanted {
            Wanted::In => ("Trusted now", "Trusted already"),
            Wanted::Out => ("Trusted no more", "Not trusted before"),
        };
        for (what, stores) in [(is_now, changed), (is_already, same)] {
            if !stores.is_empty() {
                output.say(&format!(
                    "{what}: {} ({}).\n",
                    anchor.name,
                    stores.join(", ")
                ));
            }
        }
        Ok(Exit::Done)
    }

    fn status(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let (session, anchor) = self.load()?;
        let mut stores = self.stores().map_err(|fault| session.refusal(fault))?;
        if self.stores.is_empty() && self.root.is_none() {
            stores.extend(home().iter().flat_map(|home| databases(home)));
            if which::which("keytool").is_ok() {
                stores.push(Kind::Java(None));
            }
        }
        let seen: Vec<(Kind, Status)> = stores
            .into_iter()
            .map(|kind| {
                let seen = status(&self.steps(&kind, &anchor), &anchor);
                (kind, seen)
            })
            .collect();
        if output.json {
            let rows = seen.iter().map(
                |(kind, status)| json!({ "store": kind.to_string(), "status": words(status) }),
            );
            output.data(&json!({ "root": anchor.name, "stores": rows.collect::<Value>() }));
        } else {
            output.say(&format!(
                "{} ({})\n",
                anchor.name,
                anchor.certificate.subject()
            ));
            for (kind, status) in &seen {
                output.say(&format!("  {kind}: {}\n", words(status)));
            }
        }
        let named = if self.stores.is_empty() {
            1
        } else {
            seen.len()
        };
        let is_all = seen
            .iter()
            .take(named)
            .all(|(_, status)| *status == Status::Trusted);
        Ok(if is_all {
            Exit::Done
        } else {
            Exit::NotVerified
        })
    }
}

/// What is not trusted, whoever wishes it.
fn check(anchor: &Anchor, session: &Session) -> Result<(), Diagnostic> {
    if !anchor.is_as_applied {
        return Err(Diagnostic::error(
            "trust",
            format!("{} is not the certificate that the lock knows", anchor.path),
        )
        .help("`pkiform verify` says what has changed"));
    }
    let end = anchor.certificate.not_after();
    if end < session.hierarchy.now() {
        return Err(Diagnostic::error(
            "trust",
            format!(
                "the certificate of {} ended on {}",
                anchor.name,
                end.strftime("%F")
            ),
        )
        .help("`pkiform apply` renews it"));
    }
    Ok(())
}

/// Does it, and looks whether it has worked; what has not is taken back.
fn change(steps: &Steps, acts: &[Act], anchor: &Anchor, wanted: Wanted) -> Result<(), Diagnostic> {
    let done = perform(acts);
    let now = status(steps, anchor);
    let is_as_wanted = match wanted {
        Wanted::In => now == Status::Trusted,
        Wanted::Out => now == Status::Absent,
    };
    let error = match done {
        Ok(()) if is_as_wanted => return Ok(()),
        Ok(()) => Diagnostic::error(
            "trust",
            format!("after all that, the store says: {}", words(&now)),
        )
        .help("does the store take such a root?"),
        Err(error) => error,
    };
    if wanted == Wanted::In && matches!(now, Status::Trusted | Status::Another) {
        // Nothing half-done; the first error is the one to be told.
        let _ = perform(&steps.remove);
    }
    Err(error)
}

/// What is left to do.
fn acts(steps: &Steps, seen: &Status, wanted: Wanted) -> Vec<Act> {
    match (wanted, seen) {
        (Wanted::In, Status::Trusted) | (Wanted::Out, Status::Absent) => Vec::new(),
        (Wanted::In, Status::Another) if steps.goes_first => {
            steps.remove.iter().chain(&steps.install).cloned().collect()
        }
        (Wanted::In, _) => steps.install.clone(),
        (Wanted::Out, _) => steps.remove.clone(),
    }
}

fn words(status: &Status) -> String {
    match status {
        Status::Trusted => "trusted".to_owned(),
        Status::Another => {
            "another certificate of this root is trusted: install it again".to_owned()
        }
        Status::Absent => "not trusted".to_owned(),
        Status::Unknown(why) => format!("not known: {why}"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the user's databases lie comes in here"
)]
fn home() -> Option<Utf8PathBuf> {
    let home = std::env::var("HOME").or_else(|_| std::env::var("USERPROFILE"));
    home.ok().map(|home| Utf8Path::new(&home).to_owned())
}
