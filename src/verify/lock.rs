//! Whether the files are those that the lock knows, are as private as the spec says, and no serial occurs twice.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::hierarchy::Entity;
use crate::store::{FileState, LedgerEntry, State, read_ledger};
use crate::x509::{Certificate, serial};

use super::verdict::{Check, Status, Verdict};

/// What to do about a store that says of a certificate what is not so.
pub(super) const WRITTEN_BY_ANOTHER: &str =
    "another program wrote there: put a copy of the lock or the pack back";

/// Judges whether the lock, or the pack, says of the certificate what it says itself: a CRL would list its serial number,
/// and a renewal waits for its end.
pub(super) fn facts(
    entity: &Entity,
    certificate: &Certificate,
    state: &State,
    verdict: &mut Verdict,
) {
    let Some(entry) = state.locked(&entity.id) else {
        return;
    };
    let moment = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let facts = [
        (
            "serial",
            entry.serial.clone(),
            serial::to_hex(certificate.serial()),
        ),
        (
            "not-before",
            moment(entry.not_before),
            certificate.not_before().to_string(),
        ),
        (
            "not-after",
            moment(entry.not_after),
            certificate.not_after().to_string(),
        ),
    ];
    for (what, known, found) in facts {
        let Some(known) = known.filter(|known| *known != found) else {
            continue;
        };
        let message = format!("the store says that its {what} is {known}, the certificate {found}");
        verdict.push(Check::failed("lock", &entity.id, message).help(WRITTEN_BY_ANOTHER));
    }
}

/// Judges the files of one entity by their digests and modes.
pub(super) fn files(entity: &Entity, state: &State, verdict: &mut Verdict) {
    let id = &entity.id;
    let Some(entry) = state.locked(id) else {
        return;
    };
    for (artifact, file) in &entry.files {
        let output = entity
            .outputs
            .iter()
            .find(|output| output.path == file.path);
        let path = state.dir().join(&file.path);
        match state.file_as_read(&file.path) {
            FileState::Present { sha256, .. } if sha256 == file.sha256 => {
                verdict.summary.files = verdict.summary.files.saturating_add(1);
            }
            FileState::Present { .. } => verdict.push(
                Check::failed(
                    "lock",
                    id,
                    format!("{path} was changed by hand: SHA-256 differs from the lock"),
                )
                .help("`pkiform plan` says what would mend it"),
            ),
            // A key that is not here has its own word.
            FileState::Missing if matches!(artifact.as_str(), "key" | "key-der") => {}
            FileState::Missing => verdict.push(
                Check::failed("missing", id, format!("{path} is missing"))
                    .help("the next `pkiform apply` writes it again"),
            ),
            FileState::Unreadable(error) => {
                verdict.push(Check::failed(
                    "lock",
                    id,
                    format!("{path} cannot be read: {error}"),
                ));
            }
        }
        if let (Some(output), Some(mode)) = (output, state.mode(&file.path))
            && output.artifact.is_secret()
            && mode & !output.mode & 0o777 != 0
        {
            verdict.push(
                Check::failed(
                    "mode",
                    id,
                    format!(
                        "{path} has mode {mode:04o}, and the spec says {:04o}",
                        output.mode
                    ),
                )
                .help("the next `pkiform apply` mends it"),
            );
        }
    }
}

/// No issuer may give a serial twice, not even to what has ended (RFC 5280 §4.1.2.2); and the ledger knows every
/// certificate that the lock knows.
pub(super) fn serials(state: &State, verdict: &mut Verdict) {
    let ledger = match read_ledger(state.dir()) {
        Ok(ledger) => ledger,
        Err(error) => {
            verdict.push(Check::of_store("serial", Status::Failed, error.to_string()));
            return;
        }
    };
    let mut seen: BTreeMap<(&str, &str), &LedgerEntry> = BTreeMap::new();
    for entry in &ledger {
        let (issuer, serial) = (entry.issuer.as_str(), entry.serial.as_str());
        if let Some(other) = seen.insert((issuer, serial), entry)
            && other.certificate != entry.certificate
        {
            let message = format!("`{issuer}` gave serial {serial} to `{}` too", other.id);
            verdict.push(Check::failed("serial", &entry.id, message));
        }
    }
    for entry in state.locked_ids().filter_map(|id| state.locked(id)) {
        let Some(serial) = entry.serial.as_deref() else {
            continue;
        };
        let issuer = entry.issuer.as_deref().unwrap_or(&entry.id);
        match seen.get(&(issuer, serial)) {
            Some(known) if known.id == entry.id => {}
            Some(known) => verdict.push(Check::failed(
                "serial",
                &entry.id,
                format!(
                    "the ledger has its serial {serial} as that of `{}`",
                    known.id
                ),
            )),
            None => verdict.push(
                Check::warning(
                    "serial",
                    &entry.id,
                    format!("the ledger does not know its serial {serial}"),
                )
                .help("put pkiform.ledger back as it was: what it lacks can't be revoked by it"),
            ),
        }
    }
}
