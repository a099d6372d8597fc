//! The CAs and devices of a target as they stand in the store: files, names, thumbprints.

use camino::Utf8PathBuf;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::hierarchy::{Hierarchy, Target};
use crate::source::Diagnostic;
use crate::store::{State, certificate_file};
use crate::x509::pem;

/// A CA that is registered.
#[derive(Clone, Debug)]
pub(super) struct Ca {
    pub(super) id: String,
    /// The file with its certificate.
    pub(super) cert: Utf8PathBuf,
    /// SHA-256 of its certificate in hexadecimal.
    pub(super) sha256: String,
    /// Whether it is its own issuer.
    pub(super) is_root: bool,
}

/// A device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    /// The name that the cloud knows it by: its common name.
    pub(super) name: String,
    /// The file with its certificate.
    pub(super) cert: Utf8PathBuf,
    /// Its certificate, PEM.
    pub(super) pem: String,
    /// SHA-1 of its certificate in hexadecimal.
    pub(super) sha1: String,
    /// SHA-256 of its certificate in hexadecimal.
    pub(super) sha256: String,
    /// The file with its issuer's certificate.
    pub(super) issuer_cert: Option<Utf8PathBuf>,
}

pub(super) fn cas(
    target: &Target,
    hierarchy: &Hierarchy,
    state: &State,
) -> Result<Vec<Ca>, Diagnostic> {
    let mut all = Vec::new();
    for ca in &target.cas {
        let Some(entity) = hierarchy.get(&ca.value) else {
            continue;
        };
        let (cert, certificate) = certificate_file(entity, state)?;
        all.push(Ca {
            id: entity.id.clone(),
            cert,
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(certificate.der())),
            is_root: entity.issuer.is_none(),
        });
    }
    if all.is_empty() {
        return Err(Diagnostic::error(
            "target",
            format!("no CA is registered with {}", target.cloud.title()),
        )
        .at(target.span, "registers none")
        .help("name them: `cas = [\"root\"]`; or give the devices the profile `device`"));
    }
    Ok(all)
}

pub(super) fn devices(
    target: &Target,
    hierarchy: &Hierarchy,
    state: &State,
) -> Result<Vec<Device>, Diagnostic> {
    let mut all = Vec::new();
    for entity in target.devices.iter().filter_map(|id| hierarchy.get(id)) {
        let (cert, certificate) = certificate_file(entity, state)?;
        let issuer = hierarchy.issuer_of(entity);
        let issuer_cert = issuer.and_then(|issuer| certificate_file(issuer, state).ok());
        let der = certificate.der();
        all.push(Device {
            name: entity
                .subject
                .common_name()
                .unwrap_or(&entity.id)
                .to_owned(),
            cert,
            pem: pem::encode(pem::CERTIFICATE, der),
            sha1: data_encoding::HEXLOWER.encode(&Sha1::digest(der)),
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(der)),
            issuer_cert: issuer_cert.map(|(path, _)| path),
        });
    }
    Ok(all)
}
