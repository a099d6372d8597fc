//! From a spec's file to its hierarchy, with what its rules say; and from an error to a finding.

use std::error::Error;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use crate::execute::{self, SpecSeed, read_seed};
use crate::hierarchy::{Hierarchy, resolve};
use crate::report::style::count;
use crate::rules;
use crate::source::{
    Commands, Diagnostic, Diagnostics, Document, Kind, SourceMap, VariableSources,
};
use crate::spec::{Date, Spec};
use crate::store::{Header, State, StoreError};
use crate::template::FromText;

/// A spec that is whole: its hierarchy, what is to be said of it, and where its store is.
pub(super) struct Session {
    /// The spec's file as the user named it.
    pub(super) spec: Utf8PathBuf,
    /// The spec and the flags with which another command sees the same PKI, fit for a shell.
    pub(super) call: String,
    /// The texts that findings point into.
    pub(super) map: SourceMap,
    /// The resolved graph.
    pub(super) hierarchy: Hierarchy,
    /// Warnings of resolving and of the rules.
    pub(super) warnings: Diagnostics,
    /// What the spec breaks on purpose.
    pub(super) lifted: Vec<rules::Lifted>,
    /// The store's folder.
    pub(super) store: Utf8PathBuf,
}

impl Session {
    /// How a command ends that has found nothing wrong with what is there: rows that are left out have nothing there.
    pub(super) fn end(&self, output: Output) -> Exit {
        match self.hierarchy.left_out().rows() {
            0 => Exit::Done,
            rows => {
                output.note(&format!("{} left out.\n", count(rows, "row")));
                Exit::NotVerified
            }
        }
    }

    /// Loads, resolves and checks a spec. `several` says whether it is one of several.
    pub(super) fn load(
        spec: &Utf8Path,
        values: &Values,
        now: Timestamp,
        several: bool,
    ) -> Result<Self, Box<Refusal>> {
        let commands = if values.allow_commands {
            Commands::Allowed
        } else {
            Commands::Refused
        };
        Self::load_with(spec, values, now, several, commands)
    }

    /// The same; `commands` says what becomes of those that the spec names for rows.
    pub(super) fn load_with(
        spec: &Utf8Path,
        values: &Values,
        now: Timestamp,
        several: bool,
        commands: Commands,
    ) -> Result<Self, Box<Refusal>> {
        let sources = variables(values);
        let mut document =
            Document::load(spec, values.env.as_deref(), &sources).map_err(|failure| {
                if spec.exists() {
                    Refusal::new(failure.diagnostics, failure.map)
                } else {
                    Refusal::alone(no_spec(spec))
                }
            })?;
        document.commands = commands;
        document.keep_going = values.keep_going;
        let read = Spec::read(&document).and_then(|read| resolve(&read, &mut document, now));
        let map = std::mem::take(&mut document.map);
        let mut hierarchy = match read {
            Ok(hierarchy) => hierarchy,
            Err(found) => return Err(Refusal::new(found, map)),
        };
        let mut warnings = hierarchy.warnings().clone();
        let judgement = rules::judge_rows(&mut hierarchy);
        warnings.extend(judgement.diagnostics);
        if warnings.has_errors() {
            return Err(Refusal::new(warnings, map));
        }
        let store = match &values.out {
            Some(out) if several => out.join(hierarchy.name()),
            Some(out) => out.clone(),
            None => hierarchy.store_dir().to_owned(),
        };
        let lifted = judgement.lifted;
        Ok(Self {
            spec: spec.to_owned(),
            call: call(spec, values, &store),
            map,
            hierarchy,
            warnings,
            lifted,
            store,
        })
    }

    /// Loads several specs. All are read before the first is worked on, so that one with an error stops the whole.
    pub(super) fn load_all(
        specs: &[Utf8PathBuf],
        values: &Values,
        now: Timestamp,
    ) -> Result<Vec<Self>, Box<Refusal>> {
        let mut refused = Box::<Refusal>::default();
        let mut sessions: Vec<Self> = Vec::new();
        for spec in specs {
            match Self::load(spec, values, now, specs.len() > 1) {
                Ok(session) => {
                    if let Some(other) = sessions.iter().find(|one| one.store == session.store) {
                        let error = same_store(other, &session);
                        refused.found.push((error.into(), session.map.clone()));
                    }
                    sessions.push(session);
                }
                Err(refusal) => refused.found.extend(refusal.found),
            }
        }
        if refused.found.is_empty() {
            Ok(sessions)
        } else {
            Err(refused)
        }
    }

    /// The folder to which the spec's files are relative.
    pub(super) fn base(&self) -> Utf8PathBuf {
        self.spec
            .parent()
            .map(Utf8Path::to_owned)
            .unwrap_or_default()
    }

    /// What the store holds; refused if it is another spec's.
    pub(super) fn state(&self) -> Result<State, Diagnostic> {
        let mut state = State::read(&self.store).map_err(|error| store_error(&error))?;
        let header = Header {
            spec: self.hierarchy.name().to_owned(),
            env: self.hierarchy.env().map(str::to_owned),
        };
        state
            .check_header(&header)
            .and_then(|()| state.take_up_revoked(&self.hierarchy))
            .map_err(|error| store_error(&error))?;
        Ok(state)
    }

    /// What `file:` secrets are relative to, and whether commands run.
    pub(super) fn execution(&self, allow_commands: bool) -> execute::Options {
        execute::Options {
            allow_commands,
            base: self.base(),
            ..execute::Options::default()
        }
    }

    /// The seed of a reproducible PKI, read from where the spec says.
    pub(super) fn seed(&self, allow_commands: bool) -> Result<Option<SpecSeed>, Box<Refusal>> {
        read_seed(&self.hierarchy, &self.execution(allow_commands))
            .map_err(|fault| self.refusal(fault))
    }

    /// A refusal that points into this spec.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "an error that is passed on is small"
    )]
    pub(super) fn refusal(&self, found: impl Into<Diagnostics>) -> Box<Refusal> {
        Refusal::new(found, self.map.clone())
    }
}

fn no_spec(spec: &Utf8Path) -> Diagnostic {
    Diagnostic::error("unreadable", format!("there is no file `{spec}`")).help(format!(
        "name a spec, or let `pkiform init {spec}` write a first one"
    ))
}

fn same_store(one: &Session, other: &Session) -> Diagnostic {
    Diagnostic::error(
        "same-store",
        format!(
            "`{}` and `{}` would both be kept in `{}`",
            one.spec, other.spec, one.store
        ),
    )
    .help("give each spec a `name` of its own")
}

/// What follows `pkiform verify` to see this PKI again.
fn call(spec: &Utf8Path, values: &Values, store: &Utf8Path) -> String {
    let mut words = vec![spec.to_string()];
    let mut flag = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(env) = &values.env {
        flag("--env", env.clone());
    }
    for (key, value) in &values.var {
        flag("--var", format!("{key}={value}"));
    }
    for file in &values.var_file {
        flag("--var-file", file.to_string());
    }
    if values.out.is_some() {
        flag("--out", store.to_string());
    }
    let quoted = words.iter().map(|word| {
        shlex::try_quote(word).map_or_else(|_| word.as_str().into(), std::borrow::Cow::into_owned)
    });
    quoted.collect::<Vec<String>>().join(" ")
}

/// A store's error as a finding.
pub(super) fn store_error(error: &StoreError) -> Diagnostic {
    Diagnostic::error("store", error.to_string())
}

/// Any error as a finding: its sentence and those of its causes.
pub(super) fn finding(code: &'static str, error: &dyn Error) -> Diagnostic {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = next.source();
    }
    Diagnostic::error(code, message)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the door through which the environment comes in"
)]
fn variables(values: &Values) -> VariableSources {
    let text = |value: std::ffi::OsString| value.into_string().ok();
    VariableSources {
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
            .collect(),
        files: values.var_file.clone(),
        set: values.var.clone(),
    }
}

/// The one moment of the run: `--now`, else `SOURCE_DATE_EPOCH`, else the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the door through which the clock comes in"
)]
pub(super) fn now(flag: Option<&str>) -> Result<Timestamp, Diagnostic> {
    if let Some(text) = flag {
        return Date::from_text(text)
            .map(|date| date.0)
            .map_err(|why| Diagnostic::error("now", format!("--now: {why}")));
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(epoch) => epoch
            .trim()
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                Diagnostic::error(
                    "now",
                    format!("SOURCE_DATE_EPOCH is `{epoch}`, not a number of seconds since 1970"),
                )
            }),
        Err(_) => Ok(Timestamp::now()),
    }
}

/// The specs that the arguments name: files as they are, of folders each TOML file that declares an entity.
pub(super) fn specs(named: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>, Diagnostic> {
    let mut specs = Vec::new();
    for path in named {
        if !path.is_dir() {
            specs.push(path.clone());
            continue;
        }
        let before = specs.len();
        let walk = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !is_hidden(entry)).flatten() {
            let Ok(file) = Utf8PathBuf::from_path_buf(entry.into_path()) else {
                continue;
            };
            if file.extension() == Some("toml") && file.is_file() && declares_entity(&file) {
                specs.push(file);
            }
        }
        if specs.len() == before {
            return Err(Diagnostic::error(
                "no-spec",
                format!("there is no spec in the folder `{path}`"),
            )
            .help("a spec is a TOML file with a [ca.…], [leaf.…] or [key.…]"));
        }
    }
    Ok(specs)
}

fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
}

/// Whether a file is a spec to apply: a base that others extend declares no entity. What can't be read but says that
/// it is a spec is one, so that its errors are seen.
fn declares_entity(path: &Utf8Path) -> bool {
    match Document::load(path, None, &VariableSources::default()) {
        Ok(document) => {
            let root = &document.root;
            matches!(
                root.at(&["spec"]).map(|spec| &spec.kind),
                Some(Kind::Integer(_))
            ) && ["ca", "leaf", "key"]
                .iter()
                .any(|kind| root.at(&[kind]).is_some())
        }
        Err(failure) => {
            let whole = failure.map.paths().next().is_some();
            whole
                && failure.map.text(path).is_some_and(|text| {
                    text.lines()
                        .any(|line| line.trim_start().starts_with("spec = "))
                })
        }
    }
}
