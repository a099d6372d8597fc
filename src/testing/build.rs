//! From the text of a spec to its PKI: planned and carried out like any other, in memory.

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use jiff::Timestamp;

use super::Entity;
use crate::execute::{self, ExecuteError, Kept, execute_with, read_seed};
use crate::hierarchy::{Hierarchy, resolve};
use crate::plan;
use crate::report::{style::Style, text};
use crate::rules;
use crate::source::{Diagnostic, Diagnostics, Document, SourceMap, VariableSources};
use crate::spec::Spec;
use crate::store::{MemoryFile, State, Store};

/// A PKI in memory.
#[derive(Clone, Debug)]
pub struct Pki {
    entities: IndexMap<String, Entity>,
    files: BTreeMap<Utf8PathBuf, MemoryFile>,
}

impl Pki {
    /// Makes the PKI of a spec, at the present moment.
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

    /// An entity by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entity> {
        self.entities.get(id)
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
    /// Where the text would stand: the files that it names are relative to that file's folder.
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
            parsed.map_err(|failure| Error::new(&failure.diagnostics, &failure.map))?;
        let made = self.make(&mut document);
        made.map_err(|found| Error::new(&found, &document.map))
    }

    fn make(&self, document: &mut Document) -> Result<Pki, Diagnostics> {
        let now = self.now.unwrap_or_else(present);
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
        let (key, certificate) = match (one, &entity.external) {
            (Some(one), _) => (one.key, one.certificate),
            (None, Some(external)) => (
                None,
                state
                    .certificate(&external.cert.value)
                    .map(|certificate| certificate.der().to_vec())
                    .unwrap_or_default(),
            ),
            (None, None) => (None, Vec::new()),
        };
        let mut path: Vec<Vec<u8>> = Some(certificate)
            .filter(|der| !der.is_empty())
            .into_iter()
            .collect();
        let mut rooted = entity.issuer.is_none() && entity.external.is_none() && !path.is_empty();
        let issuer = entity.issuer.as_ref();
        if let Some(issuer) = issuer.and_then(|issuer| made.get(issuer.value.as_str())) {
            path.extend(issuer.path.iter().cloned());
            rooted = issuer.rooted;
        }
        made.insert(
            entity.id.clone(),
            Entity {
                id: entity.id.clone(),
                key,
                path,
                rooted,
            },
        );
    }
    made
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

/// Why there is no PKI: what `pkiform apply` would print.
#[derive(Clone, Debug)]
pub struct Error(String);

impl Error {
    fn new(found: &Diagnostics, map: &SourceMap) -> Self {
        Self(text::diagnostics(found, map, Style::plain()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl std::error::Error for Error {}
