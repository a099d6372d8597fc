//! Which of an entity's files are written, mended or taken away, once it is known what becomes of its certificate.

use camino::{Utf8Path, Utf8PathBuf};

use crate::catalog::Artifact;
use crate::hierarchy::{Entity, Output};

use super::{Action, Change, FileChange, Reason};

/// What the disk and the lock hold at one output's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenFile {
    /// No file.
    Missing,
    /// The file that the lock knows; its permission bits where the system has them.
    Locked(Option<u32>),
    /// Another content than the lock's.
    Changed,
    /// A file that the lock does not know; its permission bits where the system has them.
    Unknown(Option<u32>),
    /// A file that cannot be read, and why.
    Unreadable(String),
}

/// What changes in the certificates that stand in an entity's derived files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent causes, each of which may hold with any other"
)]
pub(super) struct Shifts {
    /// An issuer below the root gets a new certificate.
    pub(super) chain: bool,
    /// The root does.
    pub(super) root: bool,
    /// One of the `trust` bundle does.
    pub(super) trust: bool,
    /// The lock says that the derived files were made from something else.
    pub(super) packaging: bool,
    /// The key file shall be encrypted otherwise.
    pub(super) key_sealing: bool,
    /// A CA's CRL is issued.
    pub(super) crl: bool,
    /// The user asked for all of them.
    pub(super) requested: bool,
}

/// What happens to an entity's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) changes: Vec<FileChange>,
    /// Why, of those that the action itself does not explain.
    pub(super) reasons: Vec<Reason>,
    /// Whether the private key is needed to make them.
    pub(super) needs_key: bool,
}

/// Where a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyHolder {
    /// In the store: one that is not there has to be mended.
    Store,
    /// Not here, and nothing here needs it: it was handed out, or stays with a CA that signs nothing in this run.
    Elsewhere,
    /// With another process that signs for the CA.
    Signer,
}

/// An entity's action and what is seen of its files.
pub(super) struct Case<'a> {
    pub(super) entity: &'a Entity,
    pub(super) action: Action,
    /// Whether the certificate's file is written again as it is.
    pub(super) restore: bool,
    /// Whether the private key is on disk, at whatever place.
    pub(super) has_key: bool,
    pub(super) key_holder: KeyHolder,
    pub(super) shifts: Shifts,
    /// The files that the lock has for the entity: artifact's id and path.
    pub(super) locked: Vec<(String, Utf8PathBuf)>,
}

/// Walks an entity's outputs.
pub(super) fn files(case: &Case<'_>, seen: impl Fn(&Output) -> SeenFile) -> Files {
    let mut files = Files::default();
    for output in &case.entity.outputs {
        let seen = seen(output);
        let Some((change, reason)) = change(case, output, &seen) else {
            continue;
        };
        if change != Change::Mode {
            files.needs_key |= needs_key(output.artifact, case);
        }
        if let Some(reason) = reason
            && !files.reasons.contains(&reason)
        {
            files.reasons.push(reason);
        }
        files.changes.push(FileChange {
            artifact: output.artifact.id().to_owned(),
            path: output.path.clone(),
            change,
        });
    }
    for (artifact, path) in &case.locked {
        if case
            .entity
            .outputs
            .iter()
            .any(|output| output.path == *path)
        {
            continue;
        }
        files
            .reasons
            .push(Reason::OutputRemoved { path: path.clone() });
        files.changes.push(FileChange {
            artifact: artifact.clone(),
            path: path.clone(),
            change: Change::Remove,
        });
    }
    files
}

/// What happens to one file, and why if the action does not say it.
fn change(case: &Case<'_>, output: &Output, seen: &SeenFile) -> Option<(Change, Option<Reason>)> {
    let Shifts {
        chain,
        root,
        trust,
        packaging,
        key_sealing,
        crl,
        requested,
    } = case.shifts;
    let write = if *seen == SeenFile::Missing {
        Change::Create
    } else {
        Change::Rewrite
    };
    let (by_action, shifted, sealed) = match output.artifact {
        Artifact::Key | Artifact::KeyDer => {
            // A key that is nowhere is the business of a word, not of a file.
            if !case.has_key && !case.action.makes_key() {
                return None;
            }
            (case.action.makes_key(), false, key_sealing)
        }
        Artifact::PublicKey => (case.action.makes_key(), false, false),
        Artifact::Cert | Artifact::Hashed => (case.action.issues() || case.restore, false, false),
        Artifact::CertDer => (case.action.issues() || case.restore, requested, false),
        Artifact::Chain => (false, chain || packaging || requested, false),
        Artifact::Fullchain | Artifact::Pkcs12 => {
            (case.action.issues(), chain || packaging || requested, false)
        }
        Artifact::Combined | Artifact::KubernetesSecret => (
            case.action.issues() || case.action.makes_key(),
            chain
                || root && output.artifact == Artifact::KubernetesSecret
                || packaging
                || requested,
            key_sealing,
        ),
        Artifact::Nginx | Artifact::Mosquitto | Artifact::Postgresql | Artifact::Connection => {
            (false, packaging || requested, false)
        }
        Artifact::Ca => (
            case.action.issues() && case.entity.is_self_signed(),
            root || packaging || requested,
            false,
        ),
        // Why, the CRL's own reasons say.
        list if list.is_crl() && crl => return Some((write, None)),
        Artifact::Crl | Artifact::CrlDer | Artifact::CrlHashed => match seen {
            SeenFile::Locked(_) => (false, false, false),
            _ => return None,
        },
        Artifact::Trust | Artifact::Truststore => {
            let itself = case.entity.is_self_signed() && case.entity.trust.is_empty();
            (
                case.action.issues() && itself,
                trust || packaging || requested,
                false,
            )
        }
    };
    if by_action {
        return Some((write, None));
    }
    let path = || output.path.clone();
    let is_key = matches!(output.artifact, Artifact::Key | Artifact::KeyDer);
    let known = case
        .locked
        .iter()
        .any(|(artifact, at)| artifact == output.artifact.id() && *at == output.path);
    match seen {
        // It was handed out, even where a seed could give it again.
        SeenFile::Missing if is_key && known && case.key_holder != KeyHolder::Store => None,
        SeenFile::Missing if case.action == Action::Create => Some((write, None)),
        SeenFile::Missing if known => Some((write, Some(Reason::FileMissing { path: path() }))),
        // A key that is taken up stays as it is, and is closed to others.
        SeenFile::Unknown(Some(mode)) if is_key && !sealed && *mode != output.mode => {
            Some(mode_change(output, *mode))
        }
        // Another file with the same key in it: the key is what must not be touched.
        SeenFile::Changed | SeenFile::Unknown(_) | SeenFile::Unreadable(_) if is_key && !sealed => {
            None
        }
        SeenFile::Changed => Some((write, Some(Reason::ChangedByHand { path: path() }))),
        SeenFile::Unreadable(fault) => Some((
            write,
            Some(Reason::Unreadable {
                path: path(),
                fault: fault.clone(),
            }),
        )),
        // What the lock does not know is compared when it is written, and left if it is the same.
        SeenFile::Unknown(_) if output.artifact == Artifact::Cert => None,
        SeenFile::Unknown(_)
            if case.action == Action::Adopt && output.artifact != Artifact::Pkcs12 =>
        {
            Some((write, None))
        }
        SeenFile::Missing | SeenFile::Unknown(_) => {
            Some((write, Some(Reason::OutputAdded { path: path() })))
        }
        SeenFile::Locked(_) if sealed => {
            Some((write, Some(Reason::KeyEncryption { path: path() })))
        }
        SeenFile::Locked(_) if shifted => {
            let reason = match (requested, packaging) {
                (true, _) => Reason::Requested,
                (false, true) if !(chain || root || trust) => Reason::Packaging,
                _ => Reason::ChainChanges,
            };
            Some((write, Some(reason)))
        }
        SeenFile::Locked(Some(mode)) if *mode != output.mode => Some(mode_change(output, *mode)),
        SeenFile::Locked(_) => None,
    }
}

fn mode_change(output: &Output, old: u32) -> (Change, Option<Reason>) {
    let reason = Reason::Mode {
        path: output.path.clone(),
        old,
        new: output.mode,
    };
    (Change::Mode, Some(reason))
}

/// Whether an artifact cannot be made without the private key.
fn needs_key(artifact: Artifact, case: &Case<'_>) -> bool {
    match artifact {
        secret if secret.is_secret() => true,
        list if list.is_crl() => case.key_holder != KeyHolder::Signer,
        Artifact::PublicKey => !case.entity.has_certificate(),
        _ => false,
    }
}

/// Where an artifact is: at the place that the spec names, or at the lock's if only that one exists.
pub(crate) fn place<'a>(
    wanted: Option<&'a Utf8Path>,
    locked: Option<&'a Utf8Path>,
    exists: impl Fn(&Utf8Path) -> bool,
) -> Option<&'a Utf8Path> {
    match (wanted, locked) {
        (Some(wanted), Some(locked)) if wanted != locked && !exists(wanted) && exists(locked) => {
            Some(locked)
        }
        (Some(wanted), _) => Some(wanted),
        (None, locked) => locked,
    }
}
