//! What goes into a pack: members by the lot, each lot in one transaction.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Transaction, params};

use super::Pack;
use super::row::{CERTIFICATE, KEY, PackedRow, Shape, digests, sha256, thumbprints};
use super::volumes::Filling;
use crate::catalog::Artifact;
use crate::hierarchy::PackFormat;
use crate::store::StoreError;

impl Pack {
    /// Puts members in. Those that `changed` are there already: their former certificates stay known, and a key that
    /// another takes the place of goes to the archive; `gone` are taken out, their keys likewise. Either all of it is
    /// done or nothing.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put(
        &mut self,
        new: &[PackedRow],
        changed: &[PackedRow],
        gone: &[String],
    ) -> Result<(), StoreError> {
        self.number_shapes(new.iter().chain(changed))?;
        let mut filling = self.filling;
        let places = self.places(new, &mut filling)?;
        let path = self.path.clone();
        let numbers = &self.numbers;
        let table = self.table;
        let put = || -> rusqlite::Result<()> {
            let transaction = self.db.transaction()?;
            {
                let mut keep = Keep::prepare(&transaction)?;
                let mut insert = transaction.prepare_cached(INSERT)?;
                let mut drop_files =
                    transaction.prepare_cached("DELETE FROM files WHERE id = ?1")?;
                let mut touch = transaction.prepare_cached(
                    "INSERT INTO volumes (volume, file, size) SELECT volume, '', 0 FROM members WHERE id = ?1 AND volume > 0
                     ON CONFLICT (volume) DO UPDATE SET sha256 = NULL",
                )?;
                let mut insert_file = transaction
                    .prepare_cached("INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4)")?;
                // Whose row is there keeps its place.
                let changes = changed.iter().map(|row| (row, None));
                let new = new.iter().zip(places.into_iter().map(Some));
                for (row, place) in new.chain(changes) {
                    let entry = &row.entry;
                    if place.is_none() {
                        keep.former(&entry.id, Some(&entry.public_key))?;
                        drop_files.execute([&entry.id])?;
                    }
                    let text = |artifact| {
                        let content = row.files.get(artifact).map(|content| content.as_slice());
                        content.and_then(|content| std::str::from_utf8(content).ok())
                    };
                    let certificate = text(CERTIFICATE).unwrap_or_default();
                    let [sha1, sha256_of] = thumbprints(certificate);
                    let line = shape_line(row);
                    insert.execute(params![
                        entry.id,
                        entry.issuer,
                        text(KEY),
                        certificate,
                        entry.serial,
                        entry.not_before.map(|time| time.to_string()),
                        entry.not_after.map(|time| time.to_string()),
                        sha1,
                        sha256_of,
                        entry.generation,
                        entry.public_key,
                        entry.fingerprint,
                        digests(entry),
                        entry
                            .revoked
                            .as_ref()
                            .and_then(|one| serde_json::to_string(one).ok()),
                        numbers.get(&line),
                        place.unwrap_or(0),
                    ])?;
                    if table.format != PackFormat::Sqlite {
                        touch.execute([&entry.id])?;
                    }
                    for (artifact, content) in &row.files {
                        if artifact != KEY && artifact != CERTIFICATE {
                            let content = content.as_slice();
                            insert_file.execute(params![
                                entry.id,
                                artifact,
                                sha256(content),
                                content
                            ])?;
                        }
                    }
                }
                let mut remove = transaction.prepare_cached("DELETE FROM members WHERE id = ?1")?;
                for id in gone {
                    touch.execute([id])?;
                    keep.former(id, None)?;
                    drop_files.execute([id])?;
                    remove.execute([id])?;
                }
            }
            transaction.commit()
        };
        put().map_err(|error| super::database::fault(&path, &error))?;
        self.filling = filling;
        Ok(())
    }

    /// Notes the CAs above an issuer's members: the chain without the root, and the root, PEM.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_chain(&mut self, issuer: &str, chain: &str, root: &str) -> Result<(), StoreError> {
        if self
            .chain(issuer)?
            .is_some_and(|known| known == (chain.to_owned(), root.to_owned()))
        {
            return Ok(());
        }
        self.db
            .execute(
                "INSERT OR REPLACE INTO chains VALUES (?1, ?2, ?3)",
                (issuer, chain, root),
            )
            .and_then(|_| self.db.execute("UPDATE volumes SET sha256 = NULL", []))
            .map(drop)
            .map_err(|error| self.fault(&error))
    }

    /// Where new members go.
    fn places(&self, new: &[PackedRow], filling: &mut Filling) -> Result<Vec<i64>, StoreError> {
        if self.table.format == PackFormat::Sqlite {
            return Ok(vec![0; new.len()]);
        }
        let mut chains: BTreeMap<&str, (String, String)> = BTreeMap::new();
        let mut places = Vec::with_capacity(new.len());
        for row in new {
            let issuer = row.entry.issuer.as_deref().unwrap_or_default();
            if !chains.contains_key(issuer) {
                chains.insert(issuer, self.chain(issuer)?.unwrap_or_default());
            }
            let chain = chains.get(issuer);
            places.push(chain.map_or(0, |chain| self.place_of(row, filling, chain)));
        }
        Ok(places)
    }

    fn number_shapes<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a PackedRow>,
    ) -> Result<(), StoreError> {
        for row in rows {
            let line = shape_line(row);
            if self.numbers.contains_key(&line) {
                continue;
            }
            self.db
                .execute("INSERT INTO shapes (line) VALUES (?1)", [&line])
                .map_err(|error| self.fault(&error))?;
            let number = self.db.last_insert_rowid();
            self.shapes.insert(number, line.clone());
            self.numbers.insert(line, number);
        }
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO members (id, issuer, key, certificate, serial, not_before, not_after, sha1, sha256, \
     generation, public_key, fingerprint, digests, revoked, shape, volume) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
     ON CONFLICT (id) DO UPDATE SET issuer = excluded.issuer, key = excluded.key, certificate = excluded.certificate, \
     serial = excluded.serial, not_before = excluded.not_before, not_after = excluded.not_after, \
     sha1 = excluded.sha1, sha256 = excluded.sha256, generation = excluded.generation, \
     public_key = excluded.public_key, fingerprint = excluded.fingerprint, digests = excluded.digests, \
     revoked = excluded.revoked, shape = excluded.shape";

fn shape_line(row: &PackedRow) -> String {
    serde_json::to_string(&Shape::of(&row.entry)).unwrap_or_default()
}

/// The artifacts that hold a private key, as SQL.
fn secrets() -> impl Iterator<Item = String> {
    let secret = Artifact::ALL.iter().filter(|artifact| artifact.is_secret());
    secret.map(|artifact| format!("'{}'", artifact.id()))
}

/// What keeps the past of a member before its row changes.
struct Keep<'a> {
    issued: CachedStatement<'a>,
    key: CachedStatement<'a>,
    files: CachedStatement<'a>,
}

impl<'a> Keep<'a> {
    fn prepare(transaction: &'a Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            issued: transaction.prepare_cached(
                "INSERT OR IGNORE INTO issued
                 SELECT id, issuer, serial, generation, public_key, not_after, sha256 FROM members WHERE id = ?1",
            )?,
            key: transaction.prepare_cached(
                "INSERT OR IGNORE INTO archive
                 SELECT id, public_key, 'key', key FROM members
                 WHERE id = ?1 AND public_key IS NOT ?2 AND key IS NOT NULL",
            )?,
            files: transaction.prepare_cached(&format!(
                "INSERT OR IGNORE INTO archive
                 SELECT id, members.public_key, artifact, content FROM members JOIN files USING (id)
                 WHERE id = ?1 AND public_key IS NOT ?2 AND artifact IN ({})",
                secrets().collect::<Vec<_>>().join(", ")
            ))?,
        })
    }

    /// Keeps a member's certificate, and its key if the next one is another or none.
    fn former(&mut self, id: &str, next: Option<&[u8; 32]>) -> rusqlite::Result<()> {
        self.issued.execute([id])?;
        self.key.execute(params![id, next])?;
        self.files.execute(params![id, next])?;
        Ok(())
    }
}
