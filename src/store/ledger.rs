//! `pkiform.ledger`: every certificate ever issued, a JSON line each, appended only.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{LockEntry, StoreError, hex};

/// The file's name.
pub(super) const LEDGER: &str = "pkiform.ledger";

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LedgerEntry {
    /// The id of its issuer; its own for what signs itself.
    pub issuer: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// The id of its entity.
    pub id: String,
    /// The count of its entity's keys at that time.
    pub generation: u32,
    /// SHA-256 of its public key, DER SubjectPublicKeyInfo.
    #[serde(with = "hex")]
    pub public_key: [u8; 32],
    /// Its end.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, DER.
    #[serde(with = "hex")]
    pub certificate: [u8; 32],
}

impl LedgerEntry {
    /// The line of a certificate; none for an entity without one.
    #[must_use]
    pub fn new(entry: &LockEntry, certificate_der: &[u8]) -> Option<Self> {
        Some(Self {
            issuer: entry.issuer.clone().unwrap_or_else(|| entry.id.clone()),
            serial: entry.serial.clone()?,
            id: entry.id.clone(),
            generation: entry.generation,
            public_key: entry.public_key,
            not_after: entry.not_after?,
            certificate: Sha256::digest(certificate_der).into(),
        })
    }
}

/// Every certificate that the store ever issued, in the order of issue. A last line that a dying run left torn is no
/// line yet.
///
/// # Errors
/// The file can't be read, or a line is none.
pub fn read_ledger(dir: &Utf8Path) -> Result<Vec<LedgerEntry>, StoreError> {
    let path = dir.join(LEDGER);
    let Some(octets) = super::place::read(&path)? else {
        return Ok(Vec::new());
    };
    let whole = whole_lines(&octets);
    let mut entries = Vec::new();
    for (index, line) in whole.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let entry = serde_json::from_slice(line).map_err(|error| StoreError::Lock {
            path: path.clone(),
            line: index + 1,
            what: format!("it can't be read: {error}"),
        })?;
        entries.push(entry);
    }
    Ok(entries)
}

fn whole_lines(octets: &[u8]) -> &[u8] {
    let end = octets
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |last| last + 1);
    octets.get(..end).unwrap_or_default()
}

/// Appends the lines of certificates that the ledger does not have yet, and syncs it.
pub(super) fn append(dir: &Utf8Path, new: &[LedgerEntry]) -> Result<(), StoreError> {
    let path = dir.join(LEDGER);
    let mut known: BTreeSet<[u8; 32]> = read_ledger(dir)?
        .into_iter()
        .map(|entry| entry.certificate)
        .collect();
    let mut lines = Vec::new();
    for entry in new {
        if !known.insert(entry.certificate) {
            continue;
        }
        serde_json::to_writer(&mut lines, entry)
            .map_err(|error| StoreError::io("written", &path)(error.into()))?;
        lines.push(b'\n');
    }
    if lines.is_empty() {
        return Ok(());
    }
    let write = || -> std::io::Result<()> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        // What a dying run left torn was never a line.
        let whole = super::place::read_all(&path)?;
        file.set_len(u64::try_from(whole_lines(&whole).len()).unwrap_or(u64::MAX))?;
        let mut file = OpenOptions::new().append(true).open(&path)?;
        file.write_all(&lines)?;
        file.sync_all()
    };
    write().map_err(StoreError::io("written", &path))
}
