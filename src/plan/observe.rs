//! What is on disk, put into the words of a decision: the only place where planning looks at the store's state.

use camino::{Utf8Path, Utf8PathBuf};

use crate::catalog::{Artifact, KeyAlgorithm};
use crate::crypto;
use crate::hierarchy::{Entity, EntityKind, Hierarchy, Output};
use crate::source::Diagnostic;
use crate::store::{FileState, KeyFileState, LockEntry, State};
use crate::x509::{Certificate, IssuerFacts, serial};

use super::decide::{Comparison, Known, SeenCertificate, SeenKey};
use super::files::{self, SeenFile};
use super::fingerprint::sha256;
use super::validity::Dates;
use super::{Kind, Orphan, Reason, expected};

/// What is seen of an entity.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) key: SeenKey,
    pub(super) certificate: SeenCertificate,
    pub(super) known: Option<Known>,
    /// The lock's fingerprint.
    pub(super) fingerprint: Option<[u8; 32]>,
    /// Where the key is, or should be.
    pub(super) key_path: Utf8PathBuf,
    /// Where the certificate is, or should be.
    pub(super) certificate_path: Utf8PathBuf,
    /// Whether the spec wants a key file.
    pub(super) wants_key: bool,
    /// The certificate, where it had to be read.
    parsed: Option<Certificate>,
    /// The key's public half, where it had to be read.
    spki_der: Option<Vec<u8>>,
}

impl Seen {
    /// SHA-256 of the public key: of the key file, else of the lock, else of the certificate.
    pub(super) fn public_key(&self) -> Option<[u8; 32]> {
        if let SeenKey::Here { public_key, .. } = &self.key {
            return Some(*public_key);
        }
        if let Some(key) = self.known.as_ref().and_then(|known| known.public_key) {
            return Some(key);
        }
        match &self.certificate {
            SeenCertificate::Here { public_key, .. } => Some(*public_key),
            _ => None,
        }
    }
}

/// Looks at an entity's key and certificate. Files that the lock knows by their digest are not read.
pub(super) fn entity(state: &State, entity: &Entity) -> Seen {
    let entry = state.locked(&entity.id);
    let key = look(state, entity, entry, &[Artifact::Key, Artifact::KeyDer]);
    let artifacts = [Artifact::Cert, Artifact::CertDer, Artifact::Fullchain];
    let certificate = look(state, entity, entry, &artifacts);
    let place = |found: &Option<(Utf8PathBuf, FileState)>| match found {
        Some((path, _)) => path.clone(),
        None => Utf8PathBuf::from(&entity.id),
    };
    let mut seen = Seen {
        key: SeenKey::Missing,
        certificate: SeenCertificate::Missing,
        known: entry.map(|entry| Known {
            public_key: Some(entry.public_key),
            algorithm: entry.algorithm.parse().ok(),
            generation: entry.generation,
            dates: dates(entry),
            same: false,
        }),
        fingerprint: entry.map(|entry| entry.fingerprint),
        wants_key: key.is_some(),
        key_path: place(&key),
        certificate_path: place(&certificate),
        parsed: None,
        spki_der: None,
    };
    if let Some(given) = &entity.given_key {
        seen.key = SeenKey::Here {
            public_key: sha256(&given.spki_der),
            algorithm: Some(given.algorithm),
        };
        seen.spki_der = Some(given.spki_der.to_vec());
    } else if let Some((_, file)) = &key {
        see_key(state, entry, file, &mut seen);
    }
    if let Some((_, file)) = &certificate
        && entity.kind != EntityKind::Key
    {
        see_certificate(state, entry, file, &mut seen);
    }
    seen
}

/// Where the first of these artifacts is that the spec or the lock has, and what is there.
fn look(
    state: &State,
    entity: &Entity,
    entry: Option<&LockEntry>,
    artifacts: &[Artifact],
) -> Option<(Utf8PathBuf, FileState)> {
    let exists = |path: &Utf8Path| !matches!(state.file(path), FileState::Missing);
    let mut first = None;
    for artifact in artifacts {
        let wanted = entity.output(*artifact).map(|output| output.path.as_path());
        let locked = entry
            .and_then(|entry| entry.files.get(artifact.id()))
            .map(|file| file.path.as_path());
        let Some(place) = files::place(wanted, locked, exists) else {
            continue;
        };
        match state.file(place) {
            FileState::Missing => {
                first.get_or_insert_with(|| (place.to_owned(), FileState::Missing));
            }
            there => return Some((place.to_owned(), there)),
        }
    }
    first
}

/// Whether the lock knows the file's very content.
fn is_locked(entry: &LockEntry, path: &Utf8Path, found: &FileState) -> bool {
    let Some(file) = entry.files.values().find(|file| file.path == *path) else {
        return false;
    };
    matches!(found, FileState::Present { sha256, .. } if *sha256 == file.sha256)
}

fn see_key(state: &State, entry: Option<&LockEntry>, file: &FileState, seen: &mut Seen) {
    if let Some(entry) = entry
        && is_locked(entry, &seen.key_path, file)
    {
        seen.key = SeenKey::Here {
            public_key: entry.public_key,
            algorithm: entry.algorithm.parse().ok(),
        };
        return;
    }
    seen.key = match state.public_key(&seen.key_path) {
        KeyFileState::Missing => SeenKey::Missing,
        KeyFileState::Encrypted => SeenKey::Sealed,
        KeyFileState::Broken(fault) => SeenKey::Broken(fault),
        KeyFileState::Plain { spki_der } => {
            let key = SeenKey::Here {
                public_key: sha256(&spki_der),
                algorithm: KeyAlgorithm::from_spki_der(&spki_der),
            };
            seen.spki_der = Some(spki_der);
            key
        }
    };
}

/// The dates of the certificate that the lock knows.
fn dates(entry: &LockEntry) -> Option<Dates> {
    Some(Dates {
        not_before: entry.not_before?,
        not_after: entry.not_after?,
        cut: entry.cut,
    })
}

fn see_certificate(state: &State, entry: Option<&LockEntry>, file: &FileState, seen: &mut Seen) {
    if let Some(entry) = entry
        && let Some(dates) = dates(entry)
        && is_locked(entry, &seen.certificate_path, file)
    {
        seen.certificate = SeenCertificate::Here {
            public_key: entry.public_key,
            algorithm: entry.algorithm.parse().ok(),
            dates,
            locked: true,
        };
        return;
    }
    if matches!(file, FileState::Missing) {
        return;
    }
    let Some(certificate) = state.certificate(&seen.certificate_path) else {
        seen.certificate = SeenCertificate::Broken("there is no certificate in it".to_owned());
        return;
    };
    let cut =
        entry.is_some_and(|entry| entry.cut && entry.not_after == Some(certificate.not_after()));
    seen.certificate = SeenCertificate::Here {
        public_key: sha256(certificate.spki_der()),
        algorithm: certificate.key_algorithm(),
        dates: Dates {
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            cut,
        },
        locked: false,
    };
    seen.parsed = Some(certificate);
}

/// The entity's certificate, read unless it was before.
pub(super) fn certificate(state: &State, seen: &Seen) -> Option<Certificate> {
    match (&seen.parsed, &seen.certificate) {
        (Some(certificate), _) => Some(certificate.clone()),
        (None, SeenCertificate::Here { .. }) => state.certificate(&seen.certificate_path),
        _ => None,
    }
}

/// The entity's public key, SubjectPublicKeyInfo: of its key file if that was read, else of its certificate if that is
/// over the same key, else of the key file after all.
pub(super) fn spki(state: &State, seen: &Seen) -> Option<Vec<u8>> {
    if let Some(spki_der) = &seen.spki_der {
        return Some(spki_der.clone());
    }
    let wanted = seen.public_key();
    if let Some(certificate) = certificate(state, seen)
        && wanted.is_none_or(|wanted| sha256(certificate.spki_der()) == wanted)
    {
        return Some(certificate.spki_der().to_vec());
    }
    match state.public_key(&seen.key_path) {
        KeyFileState::Plain { spki_der } => Some(spki_der),
        _ => None,
    }
}

/// Compares the certificate on disk with the one that the spec asks for.
pub(super) fn compare(
    state: &State,
    entity: &Entity,
    seen: &Seen,
    issuer: Option<&IssuerFacts>,
) -> Comparison {
    let (Some(certificate), Some(spki_der)) = (certificate(state, seen), spki(state, seen)) else {
        return Comparison::Foreign;
    };
    let signer = issuer.map_or(spki_der.as_slice(), |issuer| issuer.spki_der.as_slice());
    let signed = crypto::verify_signature(
        certificate.tbs_der(),
        certificate.signature(),
        signer,
        certificate.signature_algorithm(),
    )
    .unwrap_or(false);
    let locked = matches!(seen.certificate, SeenCertificate::Here { locked: true, .. });
    let same_serial = state.locked(&entity.id).is_some_and(|entry| {
        entry.serial.as_deref() == Some(serial::to_hex(certificate.serial()).as_str())
    });
    match expected::differences(entity, &certificate, issuer, &spki_der) {
        Ok(fields) if fields.is_empty() && signed && same_serial && !locked => Comparison::Edited,
        Ok(fields) if fields.is_empty() && signed => Comparison::Equal,
        Ok(fields) if signed || locked => {
            let mut fields = fields;
            if !signed && !fields.contains(&Reason::IssuerName) {
                fields.push(Reason::IssuerKey);
            }
            Comparison::Differs(fields)
        }
        Ok(_) => Comparison::Foreign,
        Err(error) => Comparison::Differs(vec![Reason::Field {
            field: format!("encoding ({error})"),
            old: None,
            new: None,
        }]),
    }
}

/// The certificate of a CA that is made elsewhere.
pub(super) fn external(state: &State, entity: &Entity) -> Result<Certificate, Diagnostic> {
    let Some(external) = &entity.external else {
        return Err(Diagnostic::error(
            "external",
            format!("`{}` is not external", entity.id),
        ));
    };
    let path = &external.cert.value;
    state.certificate(path).ok_or_else(|| {
        Diagnostic::error(
            "external",
            format!("{path} holds no certificate that can be read"),
        )
        .at(
            external.cert.span,
            format!("the certificate of `{}`", entity.id),
        )
        .help("name a PEM or DER file; its path is relative to the spec")
    })
}

/// What is at an output's place.
pub(super) fn file(state: &State, entry: Option<&LockEntry>, output: &Output) -> SeenFile {
    let locked = entry
        .and_then(|entry| entry.files.get(output.artifact.id()))
        .filter(|file| file.path == output.path);
    match (state.file(&output.path), locked) {
        (FileState::Missing, _) => SeenFile::Missing,
        (FileState::Unreadable(error), _) => SeenFile::Unreadable(error.to_string()),
        (FileState::Present { mode, .. }, None) => SeenFile::Unknown(mode),
        (FileState::Present { sha256, mode }, Some(file)) if sha256 == file.sha256 => {
            SeenFile::Locked(mode)
        }
        (FileState::Present { .. }, Some(_)) => SeenFile::Changed,
    }
}

/// What the lock says that the derived files were made from.
pub(super) fn packaging_word(entry: &LockEntry) -> &str {
    &entry.packaging
}

/// The lock's files of an entity: artifact's id and path.
pub(super) fn locked_files(entry: &LockEntry) -> Vec<(String, Utf8PathBuf)> {
    entry
        .files
        .iter()
        .map(|(artifact, file)| (artifact.clone(), file.path.clone()))
        .collect()
}

/// An entity that left the spec.
pub(super) fn orphan(entry: &LockEntry) -> Orphan {
    Orphan {
        id: entry.id.clone(),
        not_after: entry.not_after,
        files: entry.files.values().map(|file| file.path.clone()).collect(),
    }
}

/// What an entity of the lock was.
pub(super) fn kind_of(entry: &LockEntry) -> Kind {
    match entry.kind {
        EntityKind::Ca => Kind::Ca,
        EntityKind::Leaf => Kind::Leaf,
        EntityKind::Key => Kind::Key,
    }
}

/// A digest of everything in the hierarchy that a plan is made from.
pub(super) fn hierarchy_digest(hierarchy: &Hierarchy) -> String {
    let mut bytes = Vec::new();
    for entity in hierarchy.entities() {
        bytes.extend_from_slice(entity.id.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&entity.fingerprint);
        for output in &entity.outputs {
            bytes.extend_from_slice(output.path.as_str().as_bytes());
            bytes.push(0);
        }
    }
    hex(&sha256(&bytes))
}

/// A digest of what the lock says.
pub(super) fn lock_digest(state: &State) -> String {
    hex(&state.lock_sha256().unwrap_or_else(|| sha256(&[])))
}

fn hex(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}
