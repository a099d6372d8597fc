//! Packs joined: the members, former certificates and archived keys of one taken into another.

use rusqlite::params;

use super::Pack;
use super::row::PackedRow;
use crate::store::StoreError;

/// The CAs above the members of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The issuer's id.
    pub issuer: String,
    /// Its certificate and those above it without the root, PEM.
    pub chain: String,
    /// The root, PEM.
    pub root: String,
}

/// How many members are moved at a time.
const LOT: usize = 2048;

impl Pack {
    /// Takes all in that another pack holds; `joined` hears how many members each time.
    ///
    /// # Errors
    /// The id of a member that both have; or a pack can't be read or written.
    pub fn join(
        &mut self,
        other: &Self,
        joined: impl Fn(usize),
    ) -> Result<Result<(), String>, StoreError> {
        let mut after: Option<String> = None;
        loop {
            let rows = other.rows_after(after.as_deref(), LOT)?;
            let Some(last) = rows.last() else {
                break;
            };
            after = Some(last.entry.id.clone());
            let there = self.rows(rows.iter().map(|row| row.entry.id.as_str()))?;
            if let Some(double) = there.into_iter().next() {
                return Ok(Err(double.entry.id));
            }
            self.put(&rows, &[], &[])?;
            joined(rows.len());
        }
        self.join_past(other)?;
        Ok(Ok(()))
    }

    /// Whether it has every member of another, with the same key and certificate.
    ///
    /// # Errors
    /// A pack can't be read.
    pub fn has_all_of(&self, other: &Self) -> Result<bool, StoreError> {
        let mut after: Option<String> = None;
        loop {
            let rows = other.rows_after(after.as_deref(), LOT)?;
            let Some(last) = rows.last() else {
                return Ok(true);
            };
            after = Some(last.entry.id.clone());
            let here = self.rows(rows.iter().map(|row| row.entry.id.as_str()))?;
            let is_same = |(one, other): (&PackedRow, &PackedRow)| {
                one.entry.id == other.entry.id && one.files == other.files
            };
            if here.len() != rows.len() || !here.iter().zip(&rows).all(is_same) {
                return Ok(false);
            }
        }
    }

    /// Former certificates and archived keys, and the chains.
    fn join_past(&mut self, other: &Self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let mut copy = || -> rusqlite::Result<()> {
            let to = self.db.transaction()?;
            for (table, columns) in [("issued", 7), ("archive", 4), ("chains", 3)] {
                let places: Vec<String> = (1..=columns).map(|place| format!("?{place}")).collect();
                let mut put = to.prepare(&format!(
                    "INSERT OR IGNORE INTO {table} VALUES ({})",
                    places.join(", ")
                ))?;
                let mut all = other.db.prepare(&format!("SELECT * FROM {table}"))?;
                let mut rows = all.query(params![])?;
                while let Some(row) = rows.next()? {
                    let values: Vec<rusqlite::types::Value> = (0..columns)
                        .map(|column| row.get(column))
                        .collect::<rusqlite::Result<_>>()?;
                    put.execute(rusqlite::params_from_iter(values))?;
                }
            }
            to.commit()
        };
        copy().map_err(|error| super::database::fault(&path, &error))
    }

    /// The chains that it holds, by issuer.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn chains(&self) -> Result<Vec<Chain>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Chain>> {
            let mut all = self
                .db
                .prepare("SELECT issuer, chain, root FROM chains ORDER BY issuer")?;
            let rows = all.query_map([], |row| {
                Ok(Chain {
                    issuer: row.get(0)?,
                    chain: row.get(1)?,
                    root: row.get(2)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.fault(&error))
    }
}
