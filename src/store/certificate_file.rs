//! An entity's certificate as it stands in the store, in the file that is its own or in whichever has it.

use camino::Utf8PathBuf;

use super::State;
use crate::catalog::Artifact;
use crate::hierarchy::Entity;
use crate::source::Diagnostic;
use crate::x509::Certificate;

/// An entity's certificate, and the file that holds it alone, in PEM.
///
/// # Errors
/// The entity has no such file, or it is not there yet.
pub fn certificate_file(
    entity: &Entity,
    state: &State,
) -> Result<(Utf8PathBuf, Certificate), Diagnostic> {
    let path = match &entity.external {
        Some(external) => Some(external.cert.value.clone()),
        None => entity
            .output(Artifact::Cert)
            .map(|output| state.dir().join(&output.path)),
    };
    let Some(path) = path else {
        return Err(Diagnostic::error(
            "certificate-file",
            format!("`{}` has no file with its certificate in PEM", entity.id),
        )
        .at(entity.span, "declared here")
        .help("add `cert` to its `outputs`"));
    };
    let relative = path.strip_prefix(state.dir()).unwrap_or(&path);
    match state.certificate(relative) {
        Some(certificate) => Ok((path, certificate)),
        None => Err(Diagnostic::error(
            "certificate-file",
            format!("the certificate of `{}` is not there: {path}", entity.id),
        )
        .at(entity.span, "declared here")
        .help(if entity.external.is_some() {
            "put it there, in PEM or DER"
        } else {
            "`pkiform apply` makes it"
        })),
    }
}

/// The certificate of an entity, in whichever of its files it is.
#[must_use]
pub fn certificate_of(entity: &Entity, state: &State) -> Option<Certificate> {
    if let Some(external) = &entity.external {
        return state.certificate(&external.cert.value);
    }
    [Artifact::Cert, Artifact::Fullchain, Artifact::CertDer]
        .into_iter()
        .find_map(|artifact| state.certificate(&entity.output(artifact)?.path))
}
