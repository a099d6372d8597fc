//! From the text of a spec to its PKI: planned and carried out like any other, in memory.

use std::collections::BTreeMap;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use jiff::Timestamp;

use super::{Entity, Error};
use crate::execute::{self, ExecuteError, Kept, execute_with, read_seed};
use crate::hierarchy::{Hierarchy, resolve};
use crate::plan;
use crate::rules;
use crate::source::{Commands, Diagnostic, Diagnostics, Document, VariableSources, nearest};
use crate::spec::Spec;
use crate::store::{MemoryFile, State, Store, unpack};
use crate::x509::Certificate;

/// A PKI in memory.
#[derive(Clone, Debug)]
pub struct Pki {
    entities: IndexMap<String, Entity>,
    files: BTreeMap<Utf8PathBuf, MemoryFile>,
}

impl Pki {
    /// Makes the PKI of a spec, at the present moment. Files that it names are relative to the current folder, which is
    /// the package's where cargo runs its tests; [`Builder::path`] says otherwise.
    ///
    /// # Errors
    /// Whatever `pkiform apply` would refuse; the error's text is what it would print.
    pub fn from_spec(text: &str) -> Result<Self, Error> {
        Self::builder(text).build()
    }

    /// The same, with more to be said first.
    #[must_use]
    pub fn builder(text: &str) -> Builder {
        Builder {
            text: text.to_owned(),
            path: "pkiform.toml".into(),
            env: None,
            variables: VariableSources::default(),
            now: None,
            allow_commands: false,
        }
    }

    /// An entity by its id: `device-7`.
    ///
    /// # Errors
    /// The spec has no such entity; the error names the one that may be meant.
    pub fn get(&self, id: &str) -> Result<&Entity, Error> {
        self.entities.get(id).ok_or_else(|| {
            let hint = hint(id, self.ids());
            Error::new(format!("the spec has no entity `{id}`; {hint}"))
        })
    }

    /// The ids of all entities, issuers first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entities.keys().map(String::as_str)
    }

    /// All entities, issuers first.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.entities.values()
    }

    /// The files that the spec asks for (`outputs`), by their paths in the store.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<Utf8PathBuf, MemoryFile> {
        &self.files
    }

    /// One of these files, by its path: `device-7/device-7.p12`.
    ///
    /// # Errors
    /// The spec asks for no such file; the error names the one that may be meant.
    pub fn file(&self, path: &str) -> Result<&MemoryFile, Error> {
        self.files.get(Utf8Path::new(path)).ok_or_else(|| {
            let hint = hint(path, self.files.keys().map(|path| path.as_str()));
            Error::new(format!("the spec asks for no file `{path}`; {hint}"))
        })
    }

    /// Writes these files into a folder, for a program that takes paths; keys have their modes from the first byte.
    /// What is there already is not overwritten. It makes no store: nothing else is written, and `group` is left out.
    ///
    /// # Errors
    /// The disk refuses, or one of the files is there.
    pub fn write_to(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let folder = folder.as_ref();
        let folder = Utf8Path::from_path(folder)
            .ok_or_else(|| Error::new(format!("the path `{}` is not UTF-8", folder.display())))?;
        unpack(folder, &self.files).map_err(|error| Error::new(error.to_string()))
    }
}

/// What a PKI is made with beside its spec.
#[derive(Clone, Debug)]
pub struct Builder {
    text: String,
    path: Utf8PathBuf,
    env: Option<String>,
    variables: VariableSources,
    now: Option<Timestamp>,
    allow_commands: bool,
}

impl Builder {
    /// Where the text stands: the files that it names are relative to that file's folder, and a spec without a `name`
    /// is named after the file. The keys of a seed depend on that name.
    #[must_use]
    pub fn path(mut self, path: impl Into<Utf8PathBuf>) -> Self {
        self.path = path.into();
        self
    }

    /// The environment (`--env`).
    #[must_use]
    pub fn env(mut self, name: impl Into<String>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// A variable (`--var`).
    #[must_use]
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.set.push((name.into(), value.into()));
        self
    }

    /// The moment from which relative dates count (`--now`); unsaid, the present one.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Lets `command:` sources of the spec run.
    #[must_use]
    pub fn allow_commands(mut self) -> Self {
        self.allow_commands = true;
        self
    }

    /// Makes the PKI.
    ///
    /// # Errors
    /// As [`Pki::from_spec`].
    pub fn build(self) -> Result<Pki, Error> {
        let parsed = Document::parse(&self.path, &self.text, self.env.as_deref(), &self.variables);
        let mut document =
            parsed.map_err(|failure| Error::of_spec(&failure.diagnostics, &failure.map))?;
        let made = self.make(&mut document);
        made.map_err(|found| Error::of_spec(&found, &document.map))
    }

    fn make(&self, document: &mut Document) -> Result<Pki, Diagnostics> {
        let now = self.now.unwrap_or_else(present);
        document.loose = true;
        document.commands = if self.allow_commands {
            Commands::Allowed
        } else {
            Commands::Refused
        };
        let hierarchy = resolve(&Spec::read(document)?, document, now)?;
        let judgement = rules::judge(&hierarchy);
        if judgement.diagnostics.has_errors() {
            return Err(judgement.diagnostics);
        }
        let mut options = execute::Options {
            jobs: Some(1),
            allow_commands: self.allow_commands,
            base: self
                .path
                .parent()
                .map(ToOwned::to_owned)
                .unwrap_or_default(),
            keeps: true,
            ..execute::Options::default()
        };
        options.seed = read_seed(&hierarchy, &options)?;
        let state = State::empty();
        let planning = plan::Options {
            seed: options.seed.as_ref().map(|read| read.seed.clone()),
            ..plan::Options::default()
        };
        let plan = plan::plan(&hierarchy, &state, &planning)?;
        let secrets = execute::Secrets::read(&plan, &hierarchy, &state, &options)?;
        let mut store = Store::in_memory();
        let outcome = execute_with(
            &secrets,
            &plan,
            &hierarchy,
            &state,
            &mut store,
            &options,
            &mut |_| {},
        )
        .map_err(refused)?;
        Ok(Pki {
            entities: entities(&hierarchy, &state, outcome.kept),
            files: store.into_memory().unwrap_or_default().into_files(),
        })
    }
}

/// Each entity with the certificates above it.
fn entities(
    hierarchy: &Hierarchy,
    state: &State,
    kept: BTreeMap<String, Kept>,
) -> IndexMap<String, Entity> {
    let mut made: IndexMap<String, Entity> = IndexMap::new();
    let mut kept = kept;
    for entity in hierarchy.entities() {
        let one = kept.remove(&entity.id);
        let outside = entity.external.as_ref();
        let outside = outside.and_then(|external| state.certificate(&external.cert.value));
        // One from elsewhere may be a root or stand below one that the spec does not know.
        let mut rooted =
            entity.issuer.is_none() && outside.as_ref().is_none_or(Certificate::is_self_issued);
        let (key, certificate) = match (one, outside) {
            (Some(one), _) => (one.key, one.certificate),
            (None, Some(outside)) => (None, outside.der().to_vec()),
            (None, None) => (None, Vec::new()),
        };
        let mut path: Vec<Vec<u8>> = Some(certificate)
            .filter(|der| !der.is_empty())
            .into_iter()
            .collect();
        rooted &= !path.is_empty();
        let issuer = entity.issuer.as_ref();
        if let Some(issuer) = issuer.and_then(|issuer| made.get(issuer.value.as_str())) {
            path.extend(issuer.path.iter().cloned());
            rooted = issuer.rooted;
        }
        made.insert(
            entity.id.clone(),
            Entity {
                id: entity.id.clone(),
                is_ca: entity.is_ca(),
                key,
                path,
                rooted,
            },
        );
    }
    made
}

/// What may be meant instead of a name: the nearest one, or the first of those that there are.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let shown: Vec<String> = known
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match known.len().saturating_sub(SHOWN) {
        0 if shown.is_empty() => "it has none".to_owned(),
        0 => format!("it has {}", shown.join(", ")),
        more => format!("it has {} and {more} more", shown.join(", ")),
    }
}

fn refused(error: ExecuteError) -> Diagnostics {
    match error {
        ExecuteError::Refused(found) => found,
        other => Diagnostic::error("testing", other.to_string()).into(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test that says no moment means the present one"
)]
fn present() -> Timestamp {
    Timestamp::now()
}
