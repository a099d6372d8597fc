//! A member of a packed fleet as its pack holds it: the line that a lock would have of it, and its files.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::hierarchy::EntityKind;
use crate::store::{FileLock, LedgerEntry, LockEntry, RevokedLock, hex};
use crate::x509::pem;

/// The artifacts that have a column of their own.
pub(super) const KEY: &str = "key";
pub(super) const CERTIFICATE: &str = "cert";

/// A member. Its `Debug` shows no content.
#[derive(Clone)]
pub struct PackedRow {
    /// What a lock would say of it; the paths of its files are their artifacts' names.
    pub entry: LockEntry,
    /// Its files by their artifacts' names. They are wiped when it is dropped.
    pub files: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for PackedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedRow")
            .field("entry", &self.entry)
            .field("files", &self.files.keys())
            .finish()
    }
}

impl PackedRow {
    /// The line that a ledger would have of its certificate.
    #[must_use]
    pub fn ledger(&self, certificate: [u8; 32]) -> Option<LedgerEntry> {
        Some(LedgerEntry {
            issuer: self.entry.issuer.clone()?,
            serial: self.entry.serial.clone()?,
            id: self.entry.id.clone(),
            generation: self.entry.generation,
            public_key: self.entry.public_key,
            not_after: self.entry.not_after?,
            certificate,
        })
    }
}

/// What many members share of their lines.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Shape {
    kind: EntityKind,
    algorithm: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    insecure_seed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex::option")]
    issuer_key: Option<[u8; 32]>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    insecure_default: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    packaging: String,
}

impl Shape {
    pub(super) fn of(entry: &LockEntry) -> Self {
        Self {
            kind: entry.kind,
            algorithm: entry.algorithm.clone(),
            cut: entry.cut,
            seed: entry.seed.clone(),
            insecure_seed: entry.insecure_seed,
            issuer_key: entry.issuer_key,
            insecure_default: entry.insecure_default,
            packaging: entry.packaging.clone(),
        }
    }
}

/// The columns of a member, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str = "id, members.issuer, key, certificate, serial, not_before, not_after, generation, \
     public_key, fingerprint, digests, revoked, shape";

/// Reads a member. A key or certificate whose digest is not the one that was written has none in the line, so that it
/// shows as changed.
pub(super) fn read(
    row: &Row<'_>,
    shape: impl FnOnce(i64) -> rusqlite::Result<String>,
) -> rusqlite::Result<PackedRow> {
    let shape: Shape = json(12, &shape(row.get(12)?)?)?;
    let revoked: Option<String> = row.get(11)?;
    let revoked: Option<RevokedLock> = revoked.map(|text| json(11, &text)).transpose()?;
    let digests: Vec<u8> = row.get(10)?;
    let mut entry = LockEntry {
        id: row.get(0)?,
        kind: shape.kind,
        fingerprint: row.get(9)?,
        algorithm: shape.algorithm,
        generation: row.get(7)?,
        serial: Some(row.get(4)?),
        not_before: Some(time(row, 5)?),
        not_after: Some(time(row, 6)?),
        cut: shape.cut,
        public_key: row.get(8)?,
        seed: shape.seed,
        insecure_seed: shape.insecure_seed,
        issuer: Some(row.get(1)?),
        issuer_key: shape.issuer_key,
        insecure_default: shape.insecure_default,
        packaging: shape.packaging,
        revoked,
        crl: None,
        files: BTreeMap::new(),
    };
    let mut files = BTreeMap::new();
    let written = [digests.get(..32), digests.get(32..)];
    let key: Option<String> = row.get(2)?;
    let contents = [(KEY, key), (CERTIFICATE, Some(row.get(3)?))];
    for ((artifact, content), written) in contents.into_iter().zip(written) {
        // A key that is handed out once stays known.
        let known = written.and_then(|written| <[u8; 32]>::try_from(written).ok());
        if let Some(sha256) = known.filter(|sha256| *sha256 != [0; 32]) {
            let path = artifact.into();
            entry
                .files
                .insert(artifact.to_owned(), FileLock { path, sha256 });
        }
        if let Some(content) = content {
            files.insert(artifact.to_owned(), Zeroizing::new(content.into_bytes()));
        }
    }
    Ok(PackedRow { entry, files })
}

/// The digests of key and certificate as they were written; 32 zeros for one that is not there.
pub(super) fn digests(entry: &LockEntry) -> Vec<u8> {
    let digest = |artifact| {
        entry
            .files
            .get(artifact)
            .map_or([0; 32], |file| file.sha256)
    };
    [digest(KEY), digest(CERTIFICATE)].concat()
}

/// A column of a moment.
pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(index)?;
    json(index, &format!("\"{text}\""))
}

/// A column of JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    index: usize,
    text: &str,
) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

/// SHA-1 and SHA-256 of a certificate's DER, in lower-case hexadecimal digits.
pub(super) fn thumbprints(certificate: &str) -> [String; 2] {
    let der = pem::certificates(certificate.as_bytes()).unwrap_or_default();
    let der = der.first().map_or(&[][..], Vec::as_slice);
    [
        HEXLOWER.encode(&Sha1::digest(der)),
        HEXLOWER.encode(&sha256(der)),
    ]
}

/// SHA-256 of a file's content.
pub(super) fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}
