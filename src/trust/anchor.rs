//! What is to be trusted: a root, its file, and the name under which a store knows it.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::catalog::Artifact;
use crate::hierarchy::{Entity, EntityKind, Hierarchy};
use crate::source::{Diagnostic, nearest};
use crate::store::{FileState, State, certificate_file};
use crate::x509::Certificate;

/// A root.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The name under which stores know it; the same for every certificate that it will ever have.
    pub name: String,
    /// The file with its certificate, PEM.
    pub path: Utf8PathBuf,
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether the file is as `apply` wrote it; what comes from elsewhere counts as such.
    pub is_as_applied: bool,
    /// Whether everybody who has the spec has its key.
    pub is_everybodys: bool,
}

/// The root `id` of a PKI; the only one, where none is named.
///
/// # Errors
/// There is no such root, several are there and none is named, or it is not made yet.
pub fn anchor(
    hierarchy: &Hierarchy,
    state: &State,
    id: Option<&str>,
) -> Result<Anchor, Diagnostic> {
    let roots: Vec<&Arc<Entity>> = hierarchy
        .entities()
        .filter(|entity| entity.kind == EntityKind::Ca && entity.issuer.is_none())
        .collect();
    let ids = || roots.iter().map(|root| root.id.as_str());
    let entity = match id {
        Some(id) => hierarchy.get(id).ok_or_else(|| {
            let error = Diagnostic::error("trust", format!("there is no CA `{id}`"));
            match nearest(id, ids()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("the roots: {}", list(ids()))),
            }
        })?,
        None => match roots.as_slice() {
            [root] => *root,
            _ => {
                return Err(Diagnostic::error(
                    "trust",
                    format!("the spec has {} roots, and none is named", roots.len()),
                )
                .help(format!("name one with --ca: {}", list(ids()))));
            }
        },
    };
    if !roots.iter().any(|root| root.id == entity.id) {
        let error = Diagnostic::error("trust", format!("`{}` is no root", entity.id))
            .at(entity.span, "declared here");
        return Err(match hierarchy.issuers(entity).last() {
            Some(root) => error.help(format!(
                "trust stores hold roots: --ca {}; what is below goes with each server's chain",
                root.id
            )),
            None => error.help(format!("trust stores hold roots: {}", list(ids()))),
        });
    }
    let (path, certificate) = certificate_file(entity, state)?;
    if !certificate.is_self_issued() {
        return Err(Diagnostic::error(
            "trust",
            format!(
                "`{}` is no root: {path} was issued by {}",
                entity.id,
                certificate.issuer()
            ),
        )
        .at(entity.span, "declared here"));
    }
    let mut name = format!("pkiform-{}", hierarchy.name());
    if let Some(env) = hierarchy.env() {
        name = format!("{name}-{env}");
    }
    Ok(Anchor {
        name: format!("{name}-{}", entity.id),
        path,
        certificate,
        is_as_applied: entity.external.is_some() || is_of_the_lock(entity, state),
        is_everybodys: state
            .locked(&entity.id)
            .is_some_and(|entry| entry.insecure_seed),
    })
}

/// Whether the file is as `apply` wrote it: what somebody has put there instead is not to be trusted.
fn is_of_the_lock(entity: &Entity, state: &State) -> bool {
    let Some(output) = entity.output(Artifact::Cert) else {
        return false;
    };
    let locked = state.locked(&entity.id);
    let file = locked.and_then(|entry| entry.files.get(Artifact::Cert.id()));
    file.is_some_and(|file| {
        matches!(state.file_as_read(&output.path), FileState::Present { sha256, .. } if sha256 == file.sha256)
    })
}

fn list<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    quoted.join(", ")
}
