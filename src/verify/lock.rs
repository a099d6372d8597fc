//! Whether the files are those that the lock knows, are as private as the spec says, and no serial occurs twice.

use std::collections::BTreeMap;

use crate::hierarchy::Entity;
use crate::store::{FileState, State};

use super::verdict::{Check, Verdict};

/// Judges the files of one entity by their digests and modes.
pub(super) fn files(entity: &Entity, state: &State, verdict: &mut Verdict) {
    let id = &entity.id;
    let Some(entry) = state.locked(id) else { return };
    for (artifact, file) in &entry.files {
        let output = entity.outputs.iter().find(|output| output.path == file.path);
        let path = state.dir().join(&file.path);
        match state.file_as_read(&file.path) {
            FileState::Present { sha256, .. } if sha256 == file.sha256 => {
                verdict.summary.files = verdict.summary.files.saturating_add(1);
            }
            FileState::Present { .. } => verdict.push(
                Check::failed("lock", id, format!("{path} was changed by hand: SHA-256 differs from the lock"))
                    .help("`pkiform plan` says what would mend it"),
            ),
            // A key that is not here has its own word.
            FileState::Missing if matches!(artifact.as_str(), "key" | "key-der") => {}
            FileState::Missing => verdict.push(
                Check::failed("missing", id, format!("{path} is missing"))
                    .help("the next `pkiform apply` writes it again"),
            ),
            FileState::Unreadable(error) => {
                verdict.push(Check::failed("lock", id, format!("{path} cannot be read: {error}")));
            }
        }
        if let (Some(output), Some(mode)) = (output, state.mode(&file.path))
            && output.artifact.is_secret()
            && mode & !output.mode & 0o777 != 0
        {
            verdict.push(
                Check::failed("mode", id, format!("{path} has mode {mode:04o}, and the spec says {:04o}", output.mode))
                    .help("the next `pkiform apply` mends it"),
            );
        }
    }
}

/// No issuer may give a serial twice (RFC 5280 §4.1.2.2).
pub(super) fn serials(state: &State, verdict: &mut Verdict) {
    let mut seen: BTreeMap<(Option<[u8; 32]>, &str), &str> = BTreeMap::new();
    for id in state.locked_ids() {
        let Some(entry) = state.locked(id) else { continue };
        let Some(serial) = entry.serial.as_deref() else { continue };
        if let Some(other) = seen.insert((entry.issuer_key, serial), id) {
            verdict.push(Check::failed("serial", id, format!("it has the serial of `{other}`: {serial}")));
        }
    }
}
