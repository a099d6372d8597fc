//! The files of an entity: which artifacts, where they lie, who may read them; no two want one path.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::subject_hash::subject_hash;
use super::{Entity, Output};
use crate::catalog::Artifact;
use crate::catalog::Layout as Names;
use crate::catalog::name::DistinguishedName;
use crate::source::{Diagnostic, Diagnostics, Span};
use crate::spec::{EntityTable, Layout, Mode, OutputTable, Outputs};
use crate::template::Scope;

/// The files of one entity.
///
/// # Errors
/// A template that fails, or a path that leaves the store or is the store's own.
pub(super) fn outputs(
    id: &str,
    table: &EntityTable,
    store: &OutputTable,
    has_given_key: bool,
    subject: Option<&DistinguishedName>,
    scope: &Scope,
    span: Span,
) -> Result<Vec<Output>, Diagnostic> {
    let Some(asked) = &table.outputs else {
        return Ok(Vec::new());
    };
    let secret_mode = match &table.mode {
        Some(mode) => mode.value.render(scope)?,
        None => Mode(0o600),
    };
    let group = table
        .group
        .as_ref()
        .map(|group| group.value.render(scope))
        .transpose()?;
    let mut outputs = Vec::new();
    let mut add = |artifact: Artifact, path: Utf8PathBuf, at: Span| -> Result<(), Diagnostic> {
        if has_given_key && artifact.is_secret() {
            // What is only built in does not ask for what nobody here has.
            return if asked.span.is_somewhere() {
                Err(keyless(id, artifact, at))
            } else {
                Ok(())
            };
        }
        let path = checked(&path, id, at)?;
        let secret = artifact.is_secret();
        outputs.push(Output {
            artifact,
            path,
            mode: if secret { secret_mode.0 } else { 0o644 },
            group: group.clone().filter(|_| secret),
            text: None,
            span: if at.is_somewhere() { at } else { span },
        });
        Ok(())
    };
    match &asked.value {
        Outputs::Artifacts(artifacts) => {
            let is_hashed = artifacts.iter().any(|artifact| artifact.value.is_hashed());
            let hash = subject.filter(|_| is_hashed).and_then(subject_hash);
            let hash = hash.unwrap_or_default();
            for artifact in artifacts {
                let (path, at) = laid_out(artifact.value, id, &hash, store, scope)?;
                add(
                    artifact.value,
                    path,
                    if at.is_somewhere() { at } else { artifact.span },
                )?;
            }
        }
        Outputs::Paths(paths) => {
            for (artifact, path) in paths {
                add(*artifact, path.value.render(scope)?.into(), path.span)?;
            }
        }
    }
    outputs.sort_by_key(|output| output.artifact);
    outputs.dedup_by(|a, b| a.artifact == b.artifact && a.path == b.path);
    Ok(outputs)
}

fn keyless(id: &str, artifact: Artifact, span: Span) -> Diagnostic {
    Diagnostic::error(
        "given-key",
        format!(
            "`{id}` brings its public key, and `{}` takes the private one",
            artifact.id()
        ),
    )
    .at(span, "asked for here")
    .help("ask for what needs no private key: `outputs = [\"cert\", \"fullchain\"]`")
}

/// The path that the store's layout gives an artifact, and where the layout is said.
fn laid_out(
    artifact: Artifact,
    id: &str,
    hash: &str,
    store: &OutputTable,
    scope: &Scope,
) -> Result<(Utf8PathBuf, Span), Diagnostic> {
    let named = |names: Names| artifact.file_name(names, id, hash).into();
    match store.layout.as_ref().map(|layout| &layout.value) {
        Some(Layout::Flat) => Ok((named(Names::Flat), Span::NOWHERE)),
        Some(Layout::Paths(paths)) => match paths.get(&artifact) {
            Some(path) => Ok((path.value.render(scope)?.into(), path.span)),
            None => Ok((named(Names::Folder), Span::NOWHERE)),
        },
        Some(Layout::Folder) | None => Ok((named(Names::Folder), Span::NOWHERE)),
    }
}

/// A path in its plain form, if it stays in the store and is not one of the store's own files.
fn checked(path: &Utf8Path, id: &str, span: Span) -> Result<Utf8PathBuf, Diagnostic> {
    let error = |what: &str| {
        Diagnostic::error(
            "output-path",
            format!(
                "`{id}` wants a file at `{}`: {what}",
                path.as_str().escape_debug()
            ),
        )
        .at(span, what)
        .help("a path is relative to the store and made of plain names: `etcd/ca.crt`")
    };
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(name) => {
                let own = plain.as_str().is_empty()
                    && (name.starts_with("pkiform.")
                        || name.starts_with(".pkiform")
                        || matches!(name, ".archive" | ".gitattributes" | ".prove" | ".enroll"));
                if own {
                    return Err(error("the store keeps that name for itself"));
                }
                if name.chars().any(char::is_control)
                    || name.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])
                {
                    return Err(error("it has a character that no file's name should have"));
                }
                if name.starts_with(".tmp-") {
                    return Err(error("the store keeps such names for unfinished files"));
                }
                plain.push(name);
            }
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir | Utf8Component::RootDir | Utf8Component::Prefix(_) => {
                return Err(error("it leaves the store"));
            }
        }
    }
    if plain.as_str().is_empty() || path.as_str().ends_with('/') {
        return Err(error("it names no file"));
    }
    Ok(plain)
}

/// Reports every path that two artifacts want, or that is a file to one and a folder to another. Case does not tell
/// paths apart: on many systems it can't.
pub(super) fn check_collisions<'a>(
    entities: impl Iterator<Item = &'a Entity>,
    diagnostics: &mut Diagnostics,
) {
    let mut wanted: BTreeMap<String, (&str, &Output)> = BTreeMap::new();
    for entity in entities {
        for output in &entity.outputs {
            let key = output.path.as_str().to_lowercase();
            match wanted.get(&key) {
                Some((other, there)) => diagnostics.push(collision(
                    format!(
                        "`{}` and `{other}` both want the file `{}`",
                        entity.id, output.path
                    ),
                    output,
                    there,
                )),
                None => {
                    wanted.insert(key, (&entity.id, output));
                }
            }
        }
    }
    for (path, (id, output)) in &wanted {
        let mut folder = Utf8Path::new(path).parent();
        while let Some(above) = folder.filter(|above| !above.as_str().is_empty()) {
            if let Some((other, there)) = wanted.get(above.as_str()) {
                diagnostics.push(collision(
                    format!(
                        "`{id}` wants a folder where `{other}` wants the file `{}`",
                        there.path
                    ),
                    output,
                    there,
                ));
            }
            folder = above.parent();
        }
    }
}

fn collision(message: String, here: &Output, there: &Output) -> Diagnostic {
    Diagnostic::error("output-collision", message)
        .at(
            here.span,
            format!("`{}` is asked for here", here.artifact.id()),
        )
        .at(
            there.span,
            if here.span == there.span {
                String::new()
            } else {
                format!("`{}` there", there.artifact.id())
            },
        )
        .help("give each its own path; `{{ id }}` in a path tells entities apart")
}
