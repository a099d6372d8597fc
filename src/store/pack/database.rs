//! The database of a pack: opening it, whose it is, and what goes wrong with it.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::schema::{TABLES, VERSION};
use super::volumes::Filling;
use crate::hierarchy::{Fleet, Hierarchy, PackFormat};
use crate::spec::PackTable;
use crate::store::write::{open_private, sync_folder, unfinished};
use crate::store::{Header, PackLock, StoreError};

/// How long another program may hold the database before that is an error.
const PATIENCE: Duration = Duration::from_secs(2);
/// The memory that SQLite keeps pages in, in KiB.
const PAGES: i64 = 16 * 1024;

/// The pack's word on the lock's digest at which the last run began.
const AHEAD: &str = "ahead-of";

/// Whose pack it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The store's.
    pub header: Header,
    /// The fleet's name.
    pub fleet: String,
    /// The share of the fleet that it holds, as `2/4`; none for the whole.
    pub shard: Option<String>,
}

/// A fleet's members in a SQLite database.
#[derive(Debug)]
pub struct Pack {
    pub(super) db: Connection,
    pub(super) path: Utf8PathBuf,
    /// What members share of their lines, by number and by text.
    pub(super) shapes: BTreeMap<i64, String>,
    pub(super) numbers: BTreeMap<String, i64>,
    /// How its members are put into archives, and where the next one goes.
    pub(super) table: PackTable,
    pub(super) filling: Filling,
}

impl Pack {
    /// Opens a pack to be read; none if there is none.
    ///
    /// # Errors
    /// It is no pack, is damaged, is held by another program, or is another fleet's.
    pub fn open(path: &Utf8Path, owner: &Owner) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        // A run that died may have left a journal, which has to be rolled back: that takes writing.
        let db = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(|error| fault(path, &error))?;
        let mut pack = Self::on(db, path).map_err(|error| fault(path, &error))?;
        pack.check(owner)?;
        pack.read_shapes().map_err(|error| fault(path, &error))?;
        Ok(Some(pack))
    }

    /// Opens a pack to be written, and makes it if it is not there: readable for its owner alone from the first byte.
    ///
    /// # Errors
    /// As [`Self::open`], and where the disk refuses.
    pub fn create(path: &Utf8Path, owner: &Owner) -> Result<Self, StoreError> {
        if let Some(pack) = Self::open(path, owner)? {
            return Ok(pack);
        }
        // Under its own name it is whole from the beginning.
        let unfinished = unfinished(path).map_err(StoreError::io("written", path))?;
        Self::discard(&unfinished)?;
        open_private(&unfinished).map_err(StoreError::io("written", path))?;
        let made = Connection::open(&unfinished).and_then(|db| {
            db.execute_batch(&format!("BEGIN; {TABLES}"))?;
            let mut put = db.prepare("INSERT INTO pack VALUES (?1, ?2)")?;
            for (name, value) in owner.values() {
                put.execute((name, value))?;
            }
            put.execute(("version", VERSION))?;
            drop(put);
            db.execute_batch("COMMIT")
        });
        made.map_err(|error| fault(path, &error))?;
        Self::rename(&unfinished, path, owner)
    }

    /// Where a pack can be made that is yet to get its name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn place_of_new(path: &Utf8Path) -> Result<Utf8PathBuf, StoreError> {
        unfinished(path).map_err(StoreError::io("written", path))
    }

    /// Takes a pack's file away, with what a run that died left beside it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn discard(path: &Utf8Path) -> Result<(), StoreError> {
        for stale in [
            path.to_owned(),
            Utf8PathBuf::from(format!("{path}-journal")),
        ] {
            match fs::remove_file(&stale) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io("removed", &stale)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives a pack that is whole its name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn rename(
        unfinished: &Utf8Path,
        path: &Utf8Path,
        owner: &Owner,
    ) -> Result<Self, StoreError> {
        fs::rename(unfinished, path).map_err(StoreError::io("written", path))?;
        if let Some(folder) = path.parent() {
            sync_folder(folder).map_err(StoreError::io("written", folder))?;
        }
        match Self::open(path, owner)? {
            Some(pack) => Ok(pack),
            None => Err(fault(path, &rusqlite::Error::InvalidQuery)),
        }
    }

    /// The line that the lock shall have of it.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn line(&self, fleet: &str, seed: Option<String>) -> Result<PackLock, StoreError> {
        Ok(PackLock {
            pack: self.path.file_name().unwrap_or_default().into(),
            fleet: fleet.to_owned(),
            members: self.len()?,
            sha256: self.digest()?,
            seed,
        })
    }

    fn on(db: Connection, path: &Utf8Path) -> rusqlite::Result<Self> {
        db.busy_timeout(PATIENCE)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "secure_delete", "ON")?;
        db.pragma_update(None, "cache_size", -PAGES)?;
        Ok(Self {
            db,
            path: path.to_owned(),
            shapes: BTreeMap::new(),
            numbers: BTreeMap::new(),
            table: PackTable {
                format: PackFormat::Sqlite,
                count: 0,
                size: 0,
            },
            filling: Filling::default(),
        })
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Refuses a pack of another version, spec, environment, fleet or share.
    fn check(&self, owner: &Owner) -> Result<(), StoreError> {
        let is_pack: bool = self
            .db
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'pack')",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.fault(&error))?;
        let version = if is_pack {
            self.value("version")?
        } else {
            None
        };
        if version.as_deref() != Some(VERSION) {
            return Err(StoreError::Pack {
                path: self.path.clone(),
                what: match version {
                    Some(version) => {
                        format!("it is of version {version}, and this pkiform reads {VERSION}")
                    }
                    None => "it is no pack".to_owned(),
                },
                todo: "use the pkiform that wrote it, or move the file away",
            });
        }
        for (name, wanted) in owner.values() {
            let found = self.value(name)?.unwrap_or_default();
            if found != wanted {
                let shown = |text: &str| {
                    if text.is_empty() {
                        "none".to_owned()
                    } else {
                        format!("`{text}`")
                    }
                };
                return Err(StoreError::Pack {
                    path: self.path.clone(),
                    what: format!("its {name} is {}, not {}", shown(&found), shown(&wanted)),
                    todo: "name the store whose pack it is with --out, or move the file away",
                });
            }
        }
        Ok(())
    }

    /// A word that the pack holds on itself.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.db
            .query_row("SELECT value FROM pack WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| self.fault(&error))
    }

    /// Notes a word on the pack itself.
    ///
    /// # Errors
    /// The pack can't be written.
    pub fn set_value(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.db
            .execute("INSERT OR REPLACE INTO pack VALUES (?1, ?2)", (name, value))
            .map(drop)
            .map_err(|error| self.fault(&error))
    }

    /// Notes that a run begins which changes members: the pack is then ahead of this line of the lock until it ends.
    ///
    /// # Errors
    /// The pack can't be written.
    pub fn begin(&mut self, line: Option<&PackLock>) -> Result<(), StoreError> {
        let Some(line) = line else {
            return Ok(());
        };
        self.set_value(AHEAD, &data_encoding::HEXLOWER.encode(&line.sha256))
    }

    /// Whether it is what this line of the lock says, or what a run made of that which did not end.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn goes_on_from(&self, line: &PackLock) -> Result<bool, StoreError> {
        let begun = self.value(AHEAD)?;
        Ok(self.len()? >= line.members
            && (begun == Some(data_encoding::HEXLOWER.encode(&line.sha256))
                || self.digest()? == line.sha256))
    }

    fn read_shapes(&mut self) -> rusqlite::Result<()> {
        let mut query = self.db.prepare("SELECT shape, line FROM shapes")?;
        let found = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for one in found {
            let (number, line): (i64, String) = one?;
            self.numbers.insert(line.clone(), number);
            self.shapes.insert(number, line);
        }
        Ok(())
    }

    pub(super) fn fault(&self, error: &rusqlite::Error) -> StoreError {
        fault(&self.path, error)
    }
}

impl Owner {
    /// The owner of a fleet's pack, or of a share of it.
    #[must_use]
    pub fn of(hierarchy: &Hierarchy, fleet: &Fleet, shard: Option<String>) -> Self {
        Self {
            header: Header {
                spec: hierarchy.name().to_owned(),
                env: hierarchy.env().map(str::to_owned),
            },
            fleet: fleet.name().to_owned(),
            shard,
        }
    }

    /// The pack's file, relative to the store.
    #[must_use]
    pub fn file(&self) -> Utf8PathBuf {
        let (fleet, ending) = (&self.fleet, PackFormat::Sqlite.id());
        match &self.shard {
            Some(shard) => format!("{fleet}.{}.{ending}", shard.replace('/', "-of-")).into(),
            None => format!("{fleet}.{ending}").into(),
        }
    }

    /// Its words, by their names in the pack.
    fn values(&self) -> [(&'static str, String); 4] {
        [
            ("spec", self.header.spec.clone()),
            ("environment", self.header.env.clone().unwrap_or_default()),
            ("fleet", self.fleet.clone()),
            ("shard", self.shard.clone().unwrap_or_default()),
        ]
    }
}

/// An error of the database in words, with what to do.
pub(super) fn fault(path: &Utf8Path, error: &rusqlite::Error) -> StoreError {
    let (what, todo) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            "another program holds it".to_owned(),
            "close that program, then run again",
        ),
        Some(ErrorCode::DiskFull) => (
            "the disk is full".to_owned(),
            "free some space, then run again: what was committed stays, and the run goes on there",
        ),
        Some(ErrorCode::NotADatabase) => (
            "it is no SQLite database".to_owned(),
            "put the right file back, or move this one away",
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            "it is damaged, as a file that was cut off is".to_owned(),
            "put a copy of it back; `sqlite3 FILE .recover` saves what can still be read",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            format!("it can't be opened: {error}"),
            "make it and its folder writable",
        ),
        _ => (format!("{error}"), "put a copy of it back, or move it away"),
    };
    StoreError::Pack {
        path: path.to_owned(),
        what,
        todo,
    }
}
