//! Reading a merged document into the spec: every table is checked, many errors come at once.

use indexmap::IndexMap;

use super::{
    Context, EntityKind, OutputTable, ReproducibleTable, RootTable, TargetsTable, check_name,
};
use crate::source::{Diagnostic, Diagnostics, Document, Kind, Node, Span, Spanned, Table, read};

/// The version of the spec language that this pkiform speaks.
pub const LANGUAGE_VERSION: u32 = 1;

/// A spec, checked table by table; entities and what they inherit are kept as trees, to be merged and rendered.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name.
    pub name: Spanned<String>,
    /// Where the files go.
    pub output: OutputTable,
    /// Where every byte comes from, if it is to be the same everywhere.
    pub reproducible: Option<ReproducibleTable>,
    /// The clouds that it is registered with.
    pub targets: TargetsTable,
    /// `[defaults]`, with those of CAs and leaves below it.
    pub defaults: Node,
    /// The spec's own profiles.
    pub profiles: IndexMap<String, Node>,
    /// The entities' tables, in the order of writing.
    pub entities: Vec<Declared>,
}

/// A table that declares an entity, a chain or a fleet.
#[derive(Clone, Debug)]
pub struct Declared {
    /// `ca`, `leaf` or `key`.
    pub kind: EntityKind,
    /// The table's name.
    pub name: String,
    /// Where that name stands.
    pub span: Span,
    /// What it says.
    pub table: Node,
}

impl Spec {
    /// Checks a document and takes it apart.
    ///
    /// # Errors
    /// Every unknown key, wrong type and missing value that it has.
    pub fn read(document: &Document) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let mut root = document.root.clone();
        check_version(&root, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        check_contexts(&mut root, &mut diagnostics);
        // An environment may take it away.
        if let Some(table) = root.as_table_mut()
            && table
                .get("reproducible")
                .is_some_and(|value| value.kind == Kind::Boolean(false))
        {
            table.remove("reproducible");
        }
        if let Some(environments) = root.as_table_mut().and_then(|root| root.get_mut("env")) {
            each(environments, |_, environment| {
                check_contexts(environment, &mut diagnostics);
            });
        }
        check_environments(&root, &mut diagnostics);
        let typed = read::<RootTable>(&root, "a spec", &mut diagnostics);
        let mut entities = Vec::new();
        for (kind, word) in [
            (EntityKind::Ca, "ca"),
            (EntityKind::Leaf, "leaf"),
            (EntityKind::Key, "key"),
        ] {
            for (name, span, table) in document
                .root
                .at(&[word])
                .and_then(Node::as_table)
                .iter()
                .flat_map(|t| t.iter())
            {
                entities.push(Declared {
                    kind,
                    name: name.to_owned(),
                    span,
                    table: table.clone(),
                });
            }
        }
        if entities.is_empty() && !diagnostics.has_errors() {
            diagnostics.push(
                Diagnostic::error("no-entity", "this spec declares no entity")
                    .at(document.root.span, "no [ca.…], [leaf.…] or [key.…]")
                    .help("a root is `[ca.root]` with a `subject.common_name`; `pkiform init` writes a first spec"),
            );
        }
        let name = match document
            .root
            .at(&["name"])
            .map(|name| (name.as_str(), name.span))
        {
            Some((Some(name), span)) => Spanned::new(name.to_owned(), span),
            _ => Spanned::nowhere(document.name.clone()),
        };
        if let Err(message) = check_name(&name.value) {
            let fault = Diagnostic::error("name", format!("the spec's name {message}"));
            diagnostics.push(if name.span.is_somewhere() {
                fault.at(name.span, "names the store's folder")
            } else {
                fault
                    .at(
                        document.root.span,
                        "has no `name`, and is named after its file",
                    )
                    .help("write `name = \"…\"`: it names the store's folder")
            });
        }
        match typed {
            Some(typed) if !diagnostics.has_errors() => Ok(Self {
                name,
                output: typed.output,
                reproducible: typed.reproducible,
                targets: typed.target,
                defaults: table_at(&document.root, "defaults"),
                profiles: profiles(&document.root),
                entities,
            }),
            _ => Err(diagnostics),
        }
    }
}

fn check_version(root: &Node, diagnostics: &mut Diagnostics) {
    match root
        .at(&["spec"])
        .map(|version| (&version.kind, version.span))
    {
        None => diagnostics.push(
            Diagnostic::error(
                "missing-key",
                "the spec does not say its language's version",
            )
            .at(
                Span {
                    start: root.span.start,
                    end: root.span.start,
                },
                "",
            )
            .help(format!("begin it with `spec = {LANGUAGE_VERSION}`")),
        ),
        Some((Kind::Integer(version), _)) if *version == i64::from(LANGUAGE_VERSION) => {}
        Some((_, span)) => diagnostics.push(
            Diagnostic::error(
                "language-version",
                "this pkiform does not know that version of the spec language",
            )
            .at(span, format!("it speaks version {LANGUAGE_VERSION}"))
            .help(format!(
                "write `spec = {LANGUAGE_VERSION}`, or use a newer pkiform"
            )),
        ),
    }
}

/// Every environment has a name that a folder may have, and that is not the one of none.
fn check_environments(root: &Node, diagnostics: &mut Diagnostics) {
    let environments = root.at(&["env"]).and_then(Node::as_table);
    for (name, span, _) in environments.iter().flat_map(|table| table.iter()) {
        if let Err(message) = check_name(name) {
            diagnostics.push(
                Diagnostic::error("name", format!("the environment's name {message}"))
                    .at(span, "names the store's folder"),
            );
        }
    }
}

/// Checks which keys stand where, and takes out what `false` takes away, so that the rest can be typed.
fn check_contexts(root: &mut Node, diagnostics: &mut Diagnostics) {
    let Some(root) = root.as_table_mut() else {
        return;
    };
    for (word, context) in [
        ("ca", Context::Ca),
        ("leaf", Context::Leaf),
        ("key", Context::Key),
        ("profile", Context::Profile),
    ] {
        if let Some(tables) = root.get_mut(word) {
            each(tables, |_, table| {
                context.check(table, diagnostics);
                strip_removed(table);
            });
        }
    }
    if let Some(defaults) = root.get_mut("defaults") {
        Context::Defaults.check(defaults, diagnostics);
        strip_removed(defaults);
        if let Some(defaults) = defaults.as_table_mut() {
            for (word, context) in [("ca", Context::DefaultsCa), ("leaf", Context::DefaultsLeaf)] {
                if let Some(table) = defaults.get_mut(word) {
                    context.check(table, diagnostics);
                    strip_removed(table);
                }
            }
        }
    }
}

/// Takes out of an entity's table what `false` takes away: settings, subject attributes and extensions.
pub fn strip_removed(table: &mut Node) {
    /// Settings whose value may be `false`.
    const BOOLEAN: &[&str] = &["keep_key", "when"];
    let Some(table) = table.as_table_mut() else {
        return;
    };
    take_out_false(table, BOOLEAN);
    for inner in ["subject", "extensions"] {
        if let Some(inner) = table.get_mut(inner).and_then(Node::as_table_mut) {
            take_out_false(inner, &[]);
        }
    }
}

fn take_out_false(table: &mut Table, except: &[&str]) {
    let removed: Vec<String> = table
        .iter()
        .filter(|(key, _, node)| node.kind == Kind::Boolean(false) && !except.contains(key))
        .map(|(key, ..)| key.to_owned())
        .collect();
    for key in removed {
        table.remove(&key);
    }
}

fn each(tables: &mut Node, mut visit: impl FnMut(&str, &mut Node)) {
    let Some(tables) = tables.as_table_mut() else {
        return;
    };
    let names: Vec<String> = tables.iter().map(|(name, ..)| name.to_owned()).collect();
    for name in names {
        if let Some(table) = tables.get_mut(&name) {
            visit(&name, table);
        }
    }
}

fn table_at(root: &Node, key: &str) -> Node {
    root.at(&[key])
        .cloned()
        .unwrap_or_else(|| Node::new(Kind::Table(Table::new()), Span::NOWHERE))
}

fn profiles(root: &Node) -> IndexMap<String, Node> {
    root.at(&["profile"])
        .and_then(Node::as_table)
        .iter()
        .flat_map(|profiles| profiles.iter())
        .map(|(name, _, table)| (name.to_owned(), table.clone()))
        .collect()
}
