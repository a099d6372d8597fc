//! What a pack gives: members by their ids or one after another, how many, and the digest of all.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::Pack;
use super::row::{COLUMNS, PackedRow, json, read, sha256, thumbprints, time};
use crate::store::{FileLock, LedgerEntry, StoreError, hex};

impl Pack {
    /// The members of these ids, those that it has.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn rows<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<PackedRow>, StoreError> {
        let found = || -> rusqlite::Result<Vec<PackedRow>> {
            let sql = format!("SELECT {COLUMNS} FROM members WHERE id = ?1");
            let mut query = self.db.prepare_cached(&sql)?;
            let mut found = Vec::new();
            for id in ids {
                let one = query.query_row([id], |row| read(row, |number| self.shape(number)));
                found.extend(one.optional()?);
            }
            self.add_files(&mut found)?;
            Ok(found)
        };
        found().map_err(|error| self.fault(&error))
    }

    /// The members after an id in the order of their text, so many at most; from the beginning if none is given.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn rows_after(&self, id: Option<&str>, most: usize) -> Result<Vec<PackedRow>, StoreError> {
        let found = || -> rusqlite::Result<Vec<PackedRow>> {
            let sql = format!("SELECT {COLUMNS} FROM members WHERE id > ?1 ORDER BY id LIMIT ?2");
            let mut query = self.db.prepare_cached(&sql)?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = query.query_map(params![id.unwrap_or_default(), most], |row| {
                read(row, |number| self.shape(number))
            })?;
            let mut found: Vec<PackedRow> = rows.collect::<rusqlite::Result<_>>()?;
            self.add_files(&mut found)?;
            Ok(found)
        };
        found().map_err(|error| self.fault(&error))
    }

    fn shape(&self, number: i64) -> rusqlite::Result<String> {
        match self.shapes.get(&number) {
            Some(line) => Ok(line.clone()),
            None => Err(rusqlite::Error::FromSqlConversionFailure(
                12,
                rusqlite::types::Type::Integer,
                format!("there is no shape {number}").into(),
            )),
        }
    }

    fn add_files(&self, rows: &mut [PackedRow]) -> rusqlite::Result<()> {
        let any: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM files)")?
            .query_row([], |row| row.get(0))?;
        if !any {
            return Ok(());
        }
        let mut query = self
            .db
            .prepare_cached("SELECT artifact, sha256, content FROM files WHERE id = ?1")?;
        for one in rows {
            let files = query.query_map([&one.entry.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            for file in files {
                let (artifact, sha256, content): (String, [u8; 32], Vec<u8>) = file?;
                let lock = FileLock {
                    path: artifact.as_str().into(),
                    sha256,
                };
                one.entry.files.insert(artifact.clone(), lock);
                one.files.insert(artifact, Zeroizing::new(content));
            }
        }
        Ok(())
    }

    /// How many members it has.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn len(&self) -> Result<u64, StoreError> {
        let count: rusqlite::Result<i64> =
            self.db
                .query_row("SELECT count(*) FROM members", [], |row| row.get(0));
        count
            .map(|count| u64::try_from(count).unwrap_or(0))
            .map_err(|error| self.fault(&error))
    }

    /// Whether it has no member.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        self.len().map(|count| count == 0)
    }

    /// From when to when the member is valid that ends first; none if it has no member.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn ends_first(&self) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let found = || -> rusqlite::Result<Option<(Timestamp, Timestamp)>> {
            let sql = "SELECT not_before, not_after FROM members ORDER BY not_after LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| Ok((time(row, 0)?, time(row, 1)?));
            self.db.query_row(sql, [], read).optional()
        };
        found().map_err(|error| self.fault(&error))
    }

    /// The ids of its members, in the order of their text.
    ///
    /// # Errors
    /// The pack can't be read, or `each` says so.
    pub fn ids(&self, mut each: impl FnMut(&str)) -> Result<(), StoreError> {
        let mut walk = || -> rusqlite::Result<()> {
            let mut query = self.db.prepare("SELECT id FROM members ORDER BY id")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                each(row.get_ref(0)?.as_str()?);
            }
            Ok(())
        };
        walk().map_err(|error| self.fault(&error))
    }

    /// The ids of its members with the digests of their public keys.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn identities(&self, each: &mut impl FnMut(&str, &[u8; 32])) -> Result<(), StoreError> {
        let mut walk = || -> rusqlite::Result<()> {
            let mut query = self.db.prepare("SELECT id, public_key FROM members")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let key: [u8; 32] = row.get(1)?;
                each(row.get_ref(0)?.as_str()?, &key);
            }
            Ok(())
        };
        walk().map_err(|error| self.fault(&error))
    }

    /// SHA-256 over its members in the order of their ids: each id, with the digests of its files as they were written.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn digest(&self) -> Result<[u8; 32], StoreError> {
        let walk = || -> rusqlite::Result<[u8; 32]> {
            let mut hash = Sha256::new();
            let mut query = self
                .db
                .prepare("SELECT id, digests FROM members ORDER BY id")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                add(
                    &mut hash,
                    row.get_ref(0)?.as_str()?,
                    "key cert",
                    row.get_ref(1)?.as_blob()?,
                );
            }
            let mut query = self
                .db
                .prepare("SELECT id, artifact, sha256 FROM files ORDER BY id, artifact")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                add(
                    &mut hash,
                    row.get_ref(0)?.as_str()?,
                    row.get_ref(1)?.as_str()?,
                    row.get_ref(2)?.as_blob()?,
                );
            }
            Ok(hash.finalize().into())
        };
        walk().map_err(|error| self.fault(&error))
    }

    /// The same digest over what the files are now, read whole.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn digest_as_read(&self) -> Result<[u8; 32], StoreError> {
        let walk = || -> rusqlite::Result<[u8; 32]> {
            let mut hash = Sha256::new();
            let mut query = self
                .db
                .prepare("SELECT id, key, certificate, digests FROM members ORDER BY id")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let known = row.get_ref(3)?.as_blob()?;
                // A key that was handed out once stays known.
                let key: [u8; 32] = match row.get_ref(1)?.as_str_or_null()? {
                    Some(key) => sha256(key.as_bytes()),
                    None => known
                        .get(..32)
                        .and_then(|known| known.try_into().ok())
                        .unwrap_or_default(),
                };
                let certificate = sha256(row.get_ref(2)?.as_str()?.as_bytes());
                add(
                    &mut hash,
                    row.get_ref(0)?.as_str()?,
                    "key cert",
                    &[key, certificate].concat(),
                );
            }
            let mut query = self
                .db
                .prepare("SELECT id, artifact, content FROM files ORDER BY id, artifact")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let content = sha256(row.get_ref(2)?.as_blob()?);
                add(
                    &mut hash,
                    row.get_ref(0)?.as_str()?,
                    row.get_ref(1)?.as_str()?,
                    &content,
                );
            }
            Ok(hash.finalize().into())
        };
        walk().map_err(|error| self.fault(&error))
    }

    /// The ids of the members whose thumbprints are not their certificates', where these are as they were written.
    ///
    /// # Errors
    /// The pack can't be read, or `each` says so.
    pub fn other_thumbprints(&self, mut each: impl FnMut(&str)) -> Result<(), StoreError> {
        let mut walk = || -> rusqlite::Result<()> {
            let mut query = self.db.prepare(
                "SELECT id, certificate, sha1, sha256, digests FROM members ORDER BY id",
            )?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let certificate = row.get_ref(1)?.as_str()?;
                let written = row.get_ref(4)?.as_blob()?.get(32..);
                if written != Some(&sha256(certificate.as_bytes())) {
                    continue;
                }
                let known = [row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?];
                if known != thumbprints(certificate) {
                    each(row.get_ref(0)?.as_str()?);
                }
            }
            Ok(())
        };
        walk().map_err(|error| self.fault(&error))
    }

    /// Every certificate that these members ever had.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn issued<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let found = || -> rusqlite::Result<Vec<LedgerEntry>> {
            let mut query = self.db.prepare_cached(
                "SELECT issuer, serial, generation, public_key, not_after, sha256 FROM issued WHERE id = ?1
                 UNION
                 SELECT issuer, serial, generation, public_key, not_after, sha256 FROM members WHERE id = ?1",
            )?;
            let mut found = Vec::new();
            for id in ids {
                let rows = query.query_map([id], |row| {
                    let digest: String = row.get(5)?;
                    Ok(LedgerEntry {
                        issuer: row.get(0)?,
                        serial: row.get(1)?,
                        id: id.to_owned(),
                        generation: row.get(2)?,
                        public_key: row.get(3)?,
                        not_after: json(4, &format!("\"{}\"", row.get::<_, String>(4)?))?,
                        certificate: hex::decode(&digest).unwrap_or_default(),
                    })
                })?;
                for row in rows {
                    found.push(row?);
                }
            }
            Ok(found)
        };
        found().map_err(|error| self.fault(&error))
    }

    /// What is wrong with the database itself, by SQLite's own check.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn damage(&self) -> Result<Option<String>, StoreError> {
        let check: String = self
            .db
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| self.fault(&error))?;
        Ok((check != "ok").then_some(check))
    }

    /// The chain and the root of an issuer, PEM.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn chain(&self, issuer: &str) -> Result<Option<(String, String)>, StoreError> {
        self.db
            .query_row(
                "SELECT chain, root FROM chains WHERE issuer = ?1",
                [issuer],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|error| self.fault(&error))
    }
}

fn add(hash: &mut Sha256, id: &str, what: &str, digest: &[u8]) {
    hash.update(format!("{} {id} {what} ", id.len()));
    hash.update(digest);
}
