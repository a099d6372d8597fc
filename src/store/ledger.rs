//! `pkiform.ledger`: every certificate ever issued, a JSON line each, appended only.

use std::collections::BTreeSet;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::lock_file::in_line;
use super::write::open_own;
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
    Ok(read(dir)?.0)
}

/// The ledger of a store that is held.
#[derive(Debug)]
pub(super) struct Ledger {
    path: Utf8PathBuf,
    /// The certificates that it has, by their digests.
    known: BTreeSet<[u8; 32]>,
    end: End,
}

/// How the file ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// With a line's end, or it is empty.
    Whole,
    /// With a line whose end is missing: an editor's or a merge's work.
    Open,
    /// After that many bytes with what a dying run left torn.
    Torn(u64),
}

impl Ledger {
    /// Reads a store's ledger.
    pub(super) fn read(dir: &Utf8Path) -> Result<Self, StoreError> {
        let (entries, end) = read(dir)?;
        let known = entries.into_iter().map(|entry| entry.certificate).collect();
        Ok(Self {
            path: dir.join(LEDGER),
            known,
            end,
        })
    }

    /// Appends the lines of certificates that the ledger does not have yet, and syncs it.
    pub(super) fn append(&mut self, new: &[LedgerEntry]) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for entry in new
            .iter()
            .filter(|entry| self.known.insert(entry.certificate))
        {
            serde_json::to_writer(&mut lines, entry)
                .map_err(|error| StoreError::io("written", &self.path)(error.into()))?;
            lines.push(b'\n');
        }
        if lines.is_empty() {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            let mut file = open_own(&self.path)?;
            match self.end {
                End::Whole => {}
                End::Open => file.write_all(b"\n")?,
                End::Torn(whole) => file.set_len(whole)?,
            }
            file.write_all(&lines)?;
            file.sync_all()
        };
        write().map_err(StoreError::io("written", &self.path))?;
        self.end = End::Whole;
        Ok(())
    }
}

fn read(dir: &Utf8Path) -> Result<(Vec<LedgerEntry>, End), StoreError> {
    let path = dir.join(LEDGER);
    let octets = super::place::read_own(&path)?.unwrap_or_default();
    let mut entries = Vec::new();
    let mut end = End::Whole;
    let mut start = 0_usize;
    for (index, line) in octets.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_ended = line.ends_with(b"\n");
        match serde_json::from_slice(line) {
            _ if line.trim_ascii().is_empty() => {}
            Ok(entry) => entries.push(entry),
            Err(_) if !is_ended => {
                let whole = u64::try_from(start).unwrap_or(u64::MAX);
                return Ok((entries, End::Torn(whole)));
            }
            Err(error) => {
                let line = index.saturating_add(1);
                let what = format!("it can't be read: {}", in_line(&error));
                return Err(StoreError::Lock { path, line, what });
            }
        }
        if !is_ended {
            end = End::Open;
        }
        start = start.saturating_add(line.len());
    }
    Ok((entries, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u8) -> LedgerEntry {
        LedgerEntry {
            issuer: "root".to_owned(),
            serial: format!("{number:02x}"),
            id: "a".to_owned(),
            generation: 1,
            public_key: [1; 32],
            not_after: Timestamp::UNIX_EPOCH,
            certificate: [number; 32],
        }
    }

    fn append(dir: &Utf8Path, new: &[LedgerEntry]) -> Result<(), StoreError> {
        Ledger::read(dir)?.append(new)
    }

    #[test]
    fn lines_are_added_once_after_whole_open_and_torn_ends() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let path = dir.join(LEDGER);
        let text = || std::fs::read_to_string(&path).unwrap();
        append(dir, &[entry(1), entry(1)]).unwrap();
        let one = text();
        append(dir, &[entry(1)]).unwrap();
        assert_eq!(text(), one);
        append(dir, &[entry(2)]).unwrap();
        let two = text();
        assert!(two.starts_with(&one));

        for (damage, what) in [
            (
                one.trim_end().to_owned(),
                "a line whose end is missing is a line",
            ),
            (format!("{one}{{\"issuer\":\"ro"), "a torn line is none"),
            (
                format!("{one}{{\"issuer\":\"\u{fc}"),
                "torn within a character",
            ),
        ] {
            std::fs::write(&path, damage).unwrap();
            append(dir, &[entry(1), entry(2)]).unwrap();
            assert_eq!(text(), two, "{what}");
        }
    }

    #[test]
    fn a_damaged_line_is_told_and_nothing_is_written() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        append(dir, &[entry(1)]).unwrap();
        let damaged = std::fs::read_to_string(dir.join(LEDGER)).unwrap() + "no line\n";
        std::fs::write(dir.join(LEDGER), &damaged).unwrap();
        let error = append(dir, &[entry(2)]).unwrap_err().to_string();
        assert!(
            error.contains("pkiform.ledger` line 2: it can't be read"),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(dir.join(LEDGER)).unwrap(), damaged);
    }
}
