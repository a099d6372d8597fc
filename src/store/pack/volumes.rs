//! The archives beside a pack: a folder for each member, so many in one; made from the database, which knows which of
//! them are no longer what it says.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::Pack;
use super::row::PackedRow;
use super::volume_file::{Archive, END, archived, contents};
use crate::hierarchy::PackFormat;
use crate::spec::PackTable;
use crate::store::place::{Stamp, look};
use crate::store::write::{open_private, set_mode, sync_folder, unfinished};
use crate::store::{Owner, StoreError};

/// How many members are read at a time.
const LOT: usize = 1024;
/// The pack's word on the archives' stamps.
const STAMPS: &str = "archives";

/// The pack's word on the bounds by which members were dealt out.
const BOUNDS: &str = "bounds";

fn bounds(table: PackTable) -> String {
    format!("{} {}", table.count, table.size)
}

/// Where the next member goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filling {
    volume: i64,
    members: u32,
    bytes: u64,
}

impl Filling {
    /// The volume of a member whose files have so many bytes.
    pub(super) fn place(&mut self, table: PackTable, bytes: u64) -> i64 {
        let size = table.size.saturating_sub(END);
        let full = self.members >= table.count || self.bytes.saturating_add(bytes) > size;
        if self.volume == 0 || (full && self.members > 0) {
            *self = Self {
                volume: self.volume.saturating_add(1),
                ..Self::default()
            };
        }
        self.members = self.members.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.volume
    }
}

/// A volume as the database knows it.
struct Known {
    volume: i64,
    file: String,
    size: u64,
    /// Of its file; none where that is no longer what the database says.
    sha256: Option<[u8; 32]>,
}

impl Known {
    /// Whether it has a file, and one that an archive of this owner may have: a run that was cut off has given it none yet.
    fn is_of(&self, owner: &Owner) -> bool {
        [PackFormat::Tar, PackFormat::Zip]
            .into_iter()
            .any(|format| self.file == name(owner, self.volume, format))
    }
}

impl Pack {
    /// Says how the members are put into archives from now on.
    ///
    /// # Errors
    /// The pack can't be read or written.
    pub fn fill(&mut self, table: PackTable) -> Result<(), StoreError> {
        self.table = table;
        if table.format == PackFormat::Sqlite {
            return Ok(());
        }
        self.deal_anew()?;
        let volume = self
            .db
            .query_row("SELECT coalesce(max(volume), 0) FROM members", [], |row| {
                row.get(0)
            })
            .map_err(|error| self.fault(&error))?;
        let mut filling = Filling {
            volume,
            ..Filling::default()
        };
        if volume > 0 {
            self.each_of(volume, |_, row, chain| {
                filling.members = filling.members.saturating_add(1);
                filling.bytes = filling.bytes.saturating_add(archived(row, chain));
                Ok(())
            })?;
        }
        self.filling = filling;
        self.place_loose()
    }

    /// Where the bounds are others than those by which members were dealt out, all of them get new places.
    fn deal_anew(&mut self) -> Result<(), StoreError> {
        let bounds = bounds(self.table);
        match self.value(BOUNDS)? {
            Some(known) if known == bounds => return Ok(()),
            None => {}
            Some(_) => {
                self.db
                    .execute_batch(
                        "BEGIN; UPDATE members SET volume = 0; UPDATE volumes SET sha256 = NULL; COMMIT",
                    )
                    .map_err(|error| self.fault(&error))?;
            }
        }
        self.set_value(BOUNDS, &bounds)
    }

    /// Members of a pack that had no archives get their places.
    fn place_loose(&mut self) -> Result<(), StoreError> {
        let table = self.table;
        let mut filling = self.filling;
        let mut places = Vec::new();
        self.each_of(0, |number, row, chain| {
            places.push((number, filling.place(table, archived(row, chain))));
            Ok(())
        })?;
        let path = self.path.clone();
        let place = || -> rusqlite::Result<()> {
            let to = self.db.transaction()?;
            {
                let mut put = to.prepare("UPDATE members SET volume = ?2 WHERE rowid = ?1")?;
                for place in places {
                    put.execute(place)?;
                }
                to.execute(
                    "INSERT INTO volumes (volume, file, size) SELECT DISTINCT volume, '', 0 FROM members WHERE volume > 0
                     ON CONFLICT DO NOTHING",
                    [],
                )?;
            }
            to.commit()
        };
        place().map_err(|error| super::database::fault(&path, &error))?;
        self.filling = filling;
        Ok(())
    }

    /// Walks the members of a volume, each with its number and the chain and root of its issuer.
    fn each_of(
        &self,
        volume: i64,
        mut each: impl FnMut(i64, &PackedRow, &(String, String)) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut chains: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut after = 0_i64;
        loop {
            let ids = self.ids_of(volume, after)?;
            let Some((last, _)) = ids.last() else {
                return Ok(());
            };
            after = *last;
            let rows = self.rows(ids.iter().map(|(_, id)| id.as_str()))?;
            for ((number, _), row) in ids.iter().zip(&rows) {
                let issuer = row.entry.issuer.as_deref().unwrap_or_default();
                if !chains.contains_key(issuer) {
                    let chain = self.chain(issuer)?.unwrap_or_default();
                    chains.insert(issuer.to_owned(), chain);
                }
                if let Some(chain) = chains.get(issuer) {
                    each(*number, row, chain)?;
                }
            }
        }
    }

    /// The place of a new member, after those that are there.
    pub(super) fn place_of(
        &self,
        row: &PackedRow,
        filling: &mut Filling,
        chain: &(String, String),
    ) -> i64 {
        match self.table.format {
            PackFormat::Sqlite => 0,
            PackFormat::Tar | PackFormat::Zip => filling.place(self.table, archived(row, chain)),
        }
    }

    /// Whether others than the owner may read it, or one of its archives.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn is_open_to_others(&self) -> Result<bool, StoreError> {
        Ok(self.files()?.iter().any(|file| {
            let mode = look(file).ok().flatten().and_then(|(_, mode)| mode);
            mode.is_some_and(|mode| mode & 0o077 != 0)
        }))
    }

    /// Gives it and its archives their mode: their owner's alone.
    ///
    /// # Errors
    /// The system refuses.
    pub fn close_to_others(&self) -> Result<(), StoreError> {
        if self.is_open_to_others()? {
            for file in self.files()?.iter().filter(|file| file.exists()) {
                set_mode(file, 0o600, None)?;
            }
        }
        Ok(())
    }

    /// The pack and its archives.
    fn files(&self) -> Result<Vec<Utf8PathBuf>, StoreError> {
        let volumes = self.volumes()?.into_iter();
        let volumes = volumes.filter(|one| !one.file.is_empty());
        let mut files = vec![self.path.clone()];
        files.extend(volumes.map(|one| self.folder().join(one.file)));
        Ok(files)
    }

    /// How many archives are not what the database says, by their names and sizes; those of another form count too.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn stale_volumes(&self, owner: &Owner, table: PackTable) -> Result<usize, StoreError> {
        let known = self.volumes()?;
        if table.format == PackFormat::Sqlite {
            return Ok(known.iter().filter(|one| !one.file.is_empty()).count());
        }
        let unplaced: bool = self
            .db
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM members WHERE volume NOT IN (SELECT volume FROM volumes))",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.fault(&error))?;
        if self
            .value(BOUNDS)?
            .is_some_and(|known| known != bounds(table))
        {
            return Ok(known.len().max(1));
        }
        let stamps = self.stamps()?;
        let stale = known
            .iter()
            .filter(|one| self.is_stale(one, owner, table.format, &stamps))
            .count();
        Ok(stale + usize::from(unplaced))
    }

    /// By name and size; one whose times have changed is read.
    fn is_stale(
        &self,
        one: &Known,
        owner: &Owner,
        format: PackFormat,
        stamps: &BTreeMap<String, Stamp>,
    ) -> bool {
        let place = self.folder().join(&one.file);
        let size = std::fs::metadata(&place).map(|metadata| metadata.len());
        if one.sha256.is_none()
            || one.file != name(owner, one.volume, format)
            || size.ok() != Some(one.size)
        {
            return true;
        }
        stamps.get(&one.file) != stamp(&place).as_ref() && digest(&place).ok() != one.sha256
    }

    /// The archives' stamps as they were when they were last known to be right, by their names.
    fn stamps(&self) -> Result<BTreeMap<String, Stamp>, StoreError> {
        let noted = self.value(STAMPS)?.unwrap_or_default();
        Ok(serde_json::from_str(&noted).unwrap_or_default())
    }

    /// Notes the stamps of archives that are all right, so that they need not be read again.
    fn note_stamps(&mut self) -> Result<(), StoreError> {
        let known = self.volumes()?.into_iter();
        let stamps: BTreeMap<String, Stamp> = known
            .filter_map(|one| Some((one.file.clone(), stamp(&self.folder().join(one.file))?)))
            .collect();
        if self.stamps()? == stamps {
            return Ok(());
        }
        let text = serde_json::to_string(&stamps).unwrap_or_default();
        self.set_value(STAMPS, &text)
    }

    fn folder(&self) -> &Utf8Path {
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }

    fn volumes(&self) -> Result<Vec<Known>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Known>> {
            let mut all = self
                .db
                .prepare("SELECT volume, file, size, sha256 FROM volumes ORDER BY volume")?;
            let rows = all.query_map([], |row| {
                let size: i64 = row.get(2)?;
                let file: String = row.get(1)?;
                // A pack may say anything: what is no name of a file beside it is none.
                let is_name = Utf8Path::new(&file).file_name() == Some(&*file);
                Ok(Known {
                    volume: row.get(0)?,
                    file: if is_name { file } else { String::new() },
                    size: u64::try_from(size).unwrap_or(0),
                    sha256: row.get(3)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.fault(&error))
    }

    /// Writes every archive that is not what the database says, each under a temporary name first, and takes those away
    /// that have no member or another form. Before each, `goes_on` is asked, with how many are written and how many are to
    /// be; gives whether all are as they should be.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_volumes(
        &mut self,
        owner: &Owner,
        goes_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<bool, StoreError> {
        let format = self.table.format;
        let stamps = self.stamps()?;
        let volumes = self.volumes()?;
        let stale = volumes.iter();
        let stale = stale.filter(|one| self.is_stale(one, owner, format, &stamps));
        let (mut written, total) = (0_usize, stale.count());
        for one in volumes {
            let place = self.folder().join(&one.file);
            if format == PackFormat::Sqlite || !self.has_members(one.volume)? {
                if one.is_of(owner) {
                    Self::discard(&place)?;
                }
                self.forget(one.volume, format)?;
                continue;
            }
            if !self.is_stale(&one, owner, format, &stamps) {
                continue;
            }
            if !goes_on(written, total) {
                return Ok(false);
            }
            let file = name(owner, one.volume, format);
            let to = self.folder().join(&file);
            let unfinished = unfinished(&to).map_err(StoreError::io("written", &to))?;
            Self::discard(&unfinished)?;
            let (size, sha256) = self.write_volume(one.volume, &unfinished)?;
            if !one.is_of(owner) && digest(&to).is_ok_and(|there| there != sha256) {
                Self::discard(&unfinished)?;
                return Err(StoreError::Pack {
                    path: to,
                    what: "it is another pack's, and may have the only copies of its keys"
                        .to_owned(),
                    todo: "move it away",
                });
            }
            std::fs::rename(&unfinished, &to).map_err(StoreError::io("written", &to))?;
            sync_folder(self.folder()).map_err(StoreError::io("written", &to))?;
            if one.is_of(owner) && one.file != file {
                Self::discard(&place)?;
            }
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            self.db
                .execute(
                    "UPDATE volumes SET file = ?2, size = ?3, sha256 = ?4 WHERE volume = ?1",
                    params![one.volume, file, size, sha256],
                )
                .map_err(|error| self.fault(&error))?;
            written = written.saturating_add(1);
        }
        self.note_stamps()?;
        Ok(true)
    }

    fn has_members(&self, volume: i64) -> Result<bool, StoreError> {
        self.db
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM members WHERE volume = ?1)",
                [volume],
                |row| row.get(0),
            )
            .map_err(|error| self.fault(&error))
    }

    fn forget(&mut self, volume: i64, format: PackFormat) -> Result<(), StoreError> {
        let loose = format == PackFormat::Sqlite;
        self.db
            .execute("DELETE FROM volumes WHERE volume = ?1", [volume])
            .and_then(|_| {
                if loose {
                    self.db
                        .execute("UPDATE members SET volume = 0 WHERE volume = ?1", [volume])?;
                }
                Ok(())
            })
            .map_err(|error| self.fault(&error))
    }

    /// Writes one archive; its size and SHA-256.
    fn write_volume(&self, volume: i64, to: &Utf8Path) -> Result<(u64, [u8; 32]), StoreError> {
        let io = |error| StoreError::io("written", to)(error);
        let file = open_private(to).map_err(io)?;
        let mut archive = Archive::new(self.table.format, file);
        self.each_of(volume, |_, row, (chain, root)| {
            for (path, content, is_secret) in contents(row, chain, root) {
                let time = row.entry.not_before.map_or(0, jiff::Timestamp::as_second);
                archive.add(&path, &content, is_secret, time).map_err(io)?;
            }
            Ok(())
        })?;
        let mut file = archive.finish().map_err(io)?;
        file.sync_all().map_err(io)?;
        let size = file.stream_position().map_err(io)?;
        drop(file);
        Ok((size, digest(to).map_err(io)?))
    }

    /// The next members of a volume, by their places in the database.
    fn ids_of(&self, volume: i64, after: i64) -> Result<Vec<(i64, String)>, StoreError> {
        let read = || -> rusqlite::Result<Vec<(i64, String)>> {
            let mut query = self.db.prepare_cached(
                "SELECT rowid, id FROM members WHERE volume = ?1 AND rowid > ?2 ORDER BY rowid LIMIT ?3",
            )?;
            let most = i64::try_from(LOT).unwrap_or(i64::MAX);
            let rows = query.query_map(params![volume, after, most], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect()
        };
        read().map_err(|error| self.fault(&error))
    }

    /// The archives of this form whose content is not what was written, or that are yet to be written.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn damaged_volumes(
        &self,
        owner: &Owner,
        format: PackFormat,
    ) -> Result<Vec<Utf8PathBuf>, StoreError> {
        let mut damaged = Vec::new();
        if format == PackFormat::Sqlite {
            return Ok(damaged);
        }
        for one in self.volumes()? {
            let place = self.folder().join(name(owner, one.volume, format));
            if digest(&place)
                .ok()
                .is_none_or(|found| one.sha256 != Some(found))
            {
                damaged.push(place);
            }
        }
        Ok(damaged)
    }
}

fn stamp(path: &Utf8Path) -> Option<Stamp> {
    Stamp::of(path).ok()?
}

/// SHA-256 of a file, however large.
fn digest(path: &Utf8Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// `device.0001.tar`.
fn name(owner: &Owner, volume: i64, format: PackFormat) -> String {
    let file = owner.file();
    let stem = file.file_stem().unwrap_or_default();
    format!("{stem}.{volume:04}.{}", format.id())
}
