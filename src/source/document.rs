//! A spec's text, whole: what it extends and its environment merged into one tree, its variables settled.

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{SPEC_BYTES, read_text};
use super::parse::{forget, parse};
use super::variables::{VariableSources, settle};
use super::{
    Diagnostic, Diagnostics, Kind, Node, RowCommand, RowFormat, RowSource, SourceMap, Span, Table,
    nearest, overlay,
};

/// The deepest that specs may extend one another.
const DEEPEST: usize = 16;

/// The most files that one spec may be made of: where two of them extend the same third, it is read twice, and a ladder
/// of such pairs would be read without end.
const MOST_FILES: usize = 100;

/// A spec's merged tree, with the map that leads back to its files.
#[derive(Clone, Debug)]
pub struct Document {
    /// The merged tree. `env` still stands in it, to be checked.
    pub root: Node,
    /// The texts.
    pub map: SourceMap,
    /// The spec's file.
    pub path: Utf8PathBuf,
    /// The file's name without its ending.
    pub name: String,
    /// The environment, if one was chosen.
    pub env: Option<String>,
    /// The variables and their final values.
    pub vars: Table,
    /// What becomes of the commands that it names.
    pub commands: Commands,
    /// Whether bad rows of fleets are left out, and the good ones taken.
    pub keep_going: bool,
    /// Whether packed fleets are taken as if they lay in files: for a PKI in memory.
    pub loose: bool,
}

/// What becomes of the commands that a spec names for rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commands {
    /// One is an error: the user has not allowed them.
    #[default]
    Refused,
    /// They are passed over: only the spec is looked at.
    Skipped,
    /// They are run.
    Allowed,
}

/// Why there is no document, with the map that its findings need to be drawn.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The findings.
    pub diagnostics: Diagnostics,
    /// The texts that they point into.
    pub map: SourceMap,
}

impl Document {
    /// Loads a spec, what it extends, and the overlay of the environment.
    ///
    /// # Errors
    /// A file that can't be read, is too large, is not UTF-8 or not TOML; a circle of `extends`; an environment or a
    /// variable that the spec does not declare.
    pub fn load(
        path: &Utf8Path,
        env: Option<&str>,
        variables: &VariableSources,
    ) -> Result<Self, Box<Failure>> {
        let mut map = SourceMap::new();
        match read_text(path, SPEC_BYTES, Span::NOWHERE, &mut map) {
            Ok(text) => Self::parse(path, &text, env, variables),
            Err(diagnostic) => Err(Box::new(Failure {
                diagnostics: diagnostic.into(),
                map,
            })),
        }
    }

    /// The same for a text in hand; `path` says what `extends` and other files are relative to.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(
        path: &Utf8Path,
        text: &str,
        env: Option<&str>,
        variables: &VariableSources,
    ) -> Result<Self, Box<Failure>> {
        let mut map = SourceMap::new();
        match assemble(path, text, env, variables, &mut map) {
            Ok((root, vars)) => Ok(Self {
                root,
                map,
                path: path.to_owned(),
                name: path.file_stem().unwrap_or("spec").to_owned(),
                env: env.map(str::to_owned),
                vars,
                commands: Commands::default(),
                keep_going: false,
                loose: false,
            }),
            Err(diagnostics) => Err(Box::new(Failure { diagnostics, map })),
        }
    }

    /// Adds a text that is part of pkiform and gives its tree, empty if it is no TOML. Its places are nowhere, so that
    /// a finding points to what the user wrote.
    pub fn add_builtin(&mut self, name: &str, text: &str) -> Node {
        let mut node = parse(name.into(), text, &mut self.map)
            .unwrap_or_else(|_| Node::new(Kind::Table(Table::new()), Span::NOWHERE));
        forget(&mut node);
        node
    }

    /// A file of rows, relative to the spec; `named` is where it is named.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn row_file(
        &mut self,
        name: &str,
        format: Option<RowFormat>,
        named: Span,
    ) -> Result<RowSource, Diagnostic> {
        let path = self.folder().join(name);
        let format = format.unwrap_or_else(|| RowFormat::of(&path));
        RowSource::of_file(&path, format, named, &mut self.map)
    }

    /// The rows of a query on a SQLite database, relative to the spec.
    #[must_use]
    pub fn row_query(&self, name: &str, named: Span, query: String, queried: Span) -> RowSource {
        RowSource::of_query(self.folder().join(name), named, query, queried)
    }

    /// The rows that a command prints; none where commands are not to be run, and nothing depends on it.
    ///
    /// # Errors
    /// The user has not allowed commands, or it fails.
    pub fn row_command(
        &self,
        words: &[String],
        format: RowFormat,
        named: Span,
    ) -> Result<Option<RowSource>, Diagnostic> {
        match self.commands {
            Commands::Skipped => Ok(None),
            Commands::Refused => Err(Diagnostic::error(
                "commands-refused",
                format!("`{}` is not run without leave", words.join(" ")),
            )
            .at(named, "a command that the spec names")
            .help("read it, then run again with --allow-commands")),
            Commands::Allowed => {
                let command = RowCommand::run(words, format, self.folder(), named)?;
                Ok(Some(RowSource::of_command(command)))
            }
        }
    }

    fn folder(&self) -> &Utf8Path {
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }
}

fn assemble(
    path: &Utf8Path,
    text: &str,
    env: Option<&str>,
    variables: &VariableSources,
    map: &mut SourceMap,
) -> Result<(Node, Table), Diagnostics> {
    let mut chain = vec![path.to_owned()];
    let mut root = with_bases(path, text, &mut chain, map)?;
    if let Some(env) = env {
        overlay_environment(&mut root, env)?;
    }
    let vars = settle(&root, variables, map)?;
    Ok((root, vars))
}

/// Parses a spec and lays it over what it extends.
fn with_bases(
    path: &Utf8Path,
    text: &str,
    chain: &mut Vec<Utf8PathBuf>,
    map: &mut SourceMap,
) -> Result<Node, Diagnostics> {
    let own = parse(path.to_owned(), text, map)?;
    let mut merged: Option<Node> = None;
    for (base, span) in bases(&own)? {
        let base_path = path.parent().unwrap_or(Utf8Path::new("")).join(&base);
        if same_file(chain, &base_path) {
            return Err(Diagnostic::error(
                "extends-cycle",
                match chain.as_slice() {
                    [_] => format!("`{base_path}` extends itself"),
                    [first, rest @ ..] => {
                        let way: Vec<String> = rest.iter().map(|by| format!("`{by}`")).collect();
                        format!("`{first}` extends itself, by way of {}", way.join(", "))
                    }
                    [] => String::new(),
                },
            )
            .at(span, "this closes the circle")
            .help("take one `extends` away: a base stands for itself")
            .into());
        }
        if chain.len() >= DEEPEST {
            return Err(Diagnostic::error(
                "extends-depth",
                format!("specs extend one another more than {DEEPEST} deep"),
            )
            .at(span, "here")
            .into());
        }
        if map.paths().count() >= MOST_FILES {
            return Err(Diagnostic::error(
                "extends-depth",
                format!("this spec is made of more than {MOST_FILES} files"),
            )
            .at(span, "one too many")
            .help("specs that extend one another are read once for each way that leads to them")
            .into());
        }
        let text = read_text(&base_path, SPEC_BYTES, span, map)?;
        chain.push(base_path.clone());
        let tree = with_bases(&base_path, &text, chain, map)?;
        chain.pop();
        match &mut merged {
            Some(merged) => overlay(merged, &tree),
            None => merged = Some(tree),
        }
    }
    let Some(mut merged) = merged else {
        return Ok(own);
    };
    // Only the last of the specs gives its name: a base is named for itself.
    if let Some(table) = merged.as_table_mut() {
        table.remove("name");
        table.remove("extends");
    }
    overlay(&mut merged, &own);
    merged.span = own.span;
    Ok(merged)
}

fn same_file(chain: &[Utf8PathBuf], path: &Utf8Path) -> bool {
    let real = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
    let path = real(path);
    chain.iter().any(|other| real(other) == path)
}

/// The specs that a spec extends, with their places.
fn bases(tree: &Node) -> Result<Vec<(String, Span)>, Diagnostic> {
    let Some(extends) = tree.at(&["extends"]) else {
        return Ok(Vec::new());
    };
    let one = |node: &Node| match node.as_str() {
        Some(path) if !path.is_empty() && !path.contains('\0') => Ok((path.to_owned(), node.span)),
        _ => Err(
            Diagnostic::error("wrong-type", "`extends` names a spec, or a list of specs")
                .at(node.span, "no file's name")
                .help("as `extends = \"base.toml\"`"),
        ),
    };
    match &extends.kind {
        Kind::Array(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(extends)?]),
    }
}

fn overlay_environment(root: &mut Node, env: &str) -> Result<(), Diagnostic> {
    let environments = root.at(&["env"]).and_then(Node::as_table);
    if let Some(chosen) = environments.and_then(|environments| environments.get(env)) {
        let chosen = chosen.clone();
        if chosen.as_table().is_some() {
            // Keeps what the root says under `env` itself, which is checked later.
            let span = root.span;
            overlay(root, &chosen);
            root.span = span;
        }
        return Ok(());
    }
    let names: Vec<&str> = environments
        .map(|environments| environments.iter().map(|(name, ..)| name).collect())
        .unwrap_or_default();
    let diagnostic = Diagnostic::error(
        "unknown-environment",
        format!("the spec has no environment `{env}`"),
    );
    let span = root
        .as_table()
        .and_then(|root| root.key_span("env"))
        .unwrap_or(Span {
            start: root.span.start,
            end: root.span.start,
        });
    Err(
        match (nearest(env, names.iter().copied()), names.is_empty()) {
            (Some(near), _) => diagnostic
                .at(span, "")
                .help(format!("did you mean `--env {near}`?")),
            (None, true) => diagnostic
                .at(span, "")
                .help(format!("declare it: [env.{env}.vars]")),
            (None, false) => diagnostic
                .at(span, "")
                .help(format!("there are: {}", names.join(", "))),
        },
    )
}
