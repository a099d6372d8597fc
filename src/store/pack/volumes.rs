//! The archives beside a pack: a folder for each member, so many in one; made from the database, which knows which of
//! them are no longer what it says.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::Pack;
use super::row::{CERTIFICATE, KEY, PackedRow};
use crate::catalog::{Artifact, Layout};
use crate::hierarchy::PackFormat;
use crate::spec::PackTable;
use crate::store::write::{open_private, sync_folder};
use crate::store::{Owner, StoreError};

/// How many members are read at a time.
const LOT: usize = 1024;

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
        let full = self.members >= table.count || self.bytes.saturating_add(bytes) > table.size;
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
        let read = || -> rusqlite::Result<Filling> {
            self.db.query_row(
                "SELECT coalesce(max(volume), 0), count(*),
                        coalesce(sum(length(key) + length(certificate)), 0)
                 FROM members WHERE volume = (SELECT max(volume) FROM members)",
                [],
                |row| {
                    let (members, bytes): (i64, i64) = (row.get(1)?, row.get(2)?);
                    Ok(Filling {
                        volume: row.get(0)?,
                        members: u32::try_from(members).unwrap_or(u32::MAX),
                        bytes: u64::try_from(bytes).unwrap_or(0),
                    })
                },
            )
        };
        self.filling = read().map_err(|error| self.fault(&error))?;
        self.place_loose()
    }

    /// Members of a pack that had no archives get their places.
    fn place_loose(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let table = self.table;
        let mut filling = self.filling;
        let mut place = || -> rusqlite::Result<()> {
            let to = self.db.transaction()?;
            {
                let mut ids = to.prepare(
                    "SELECT rowid, coalesce(length(key), 0) + length(certificate) FROM members WHERE volume = 0 ORDER BY rowid",
                )?;
                let mut put = to.prepare("UPDATE members SET volume = ?2 WHERE rowid = ?1")?;
                let mut rows = ids.query([])?;
                while let Some(row) = rows.next()? {
                    let bytes: i64 = row.get(1)?;
                    let volume = filling.place(table, u64::try_from(bytes).unwrap_or(0));
                    put.execute(params![row.get::<_, i64>(0)?, volume])?;
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
                "SELECT EXISTS (SELECT 1 FROM members WHERE volume = 0)",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.fault(&error))?;
        let stale = known
            .iter()
            .filter(|one| self.is_stale(one, owner, table.format))
            .count();
        Ok(stale + usize::from(unplaced))
    }

    fn is_stale(&self, one: &Known, owner: &Owner, format: PackFormat) -> bool {
        let there = std::fs::metadata(self.folder().join(&one.file)).map(|metadata| metadata.len());
        one.sha256.is_none()
            || one.file != name(owner, one.volume, format)
            || there.ok() != Some(one.size)
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
                Ok(Known {
                    volume: row.get(0)?,
                    file: row.get(1)?,
                    size: u64::try_from(size).unwrap_or(0),
                    sha256: row.get(3)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.fault(&error))
    }

    /// Writes every archive that is not what the database says, each under a temporary name first, and takes those away
    /// that have no member or another form. Gives how many were written.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_volumes(&mut self, owner: &Owner) -> Result<usize, StoreError> {
        let format = self.table.format;
        let mut written = 0_usize;
        for one in self.volumes()? {
            let place = self.folder().join(&one.file);
            if format == PackFormat::Sqlite || !self.has_members(one.volume)? {
                Self::discard(&place)?;
                self.forget(one.volume, format)?;
                continue;
            }
            if !self.is_stale(&one, owner, format) {
                continue;
            }
            let file = name(owner, one.volume, format);
            let to = self.folder().join(&file);
            let unfinished = self.folder().join(format!(".{file}.new"));
            Self::discard(&unfinished)?;
            let (size, sha256) = self.write_volume(one.volume, &unfinished)?;
            std::fs::rename(&unfinished, &to).map_err(StoreError::io("written", &to))?;
            sync_folder(self.folder()).map_err(StoreError::io("written", &to))?;
            if !one.file.is_empty() && one.file != file {
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
        Ok(written)
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
        let mut after = 0_i64;
        loop {
            let ids = self.ids_of(volume, after)?;
            let Some((last, _)) = ids.last() else {
                break;
            };
            after = *last;
            let rows = self.rows(ids.iter().map(|(_, id)| id.as_str()))?;
            for row in rows {
                let issuer = row.entry.issuer.clone().unwrap_or_default();
                let (chain, root) = self.chain(&issuer)?.unwrap_or_default();
                for (path, content, is_secret) in contents(&row, &chain, &root) {
                    let time = row.entry.not_before.map_or(0, jiff::Timestamp::as_second);
                    archive.add(&path, &content, is_secret, time).map_err(io)?;
                }
            }
        }
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

    /// The archives whose content is no longer what was written.
    ///
    /// # Errors
    /// The pack can't be read.
    pub fn damaged_volumes(&self) -> Result<Vec<Utf8PathBuf>, StoreError> {
        let mut damaged = Vec::new();
        for one in self.volumes()? {
            let place = self.folder().join(&one.file);
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

/// The files of a member, in its folder: path, content, and whether it is secret.
fn contents(
    row: &PackedRow,
    chain: &str,
    root: &str,
) -> Vec<(String, zeroize::Zeroizing<Vec<u8>>, bool)> {
    let id = &row.entry.id;
    let path = |artifact: Artifact| artifact.file_name(Layout::Folder, id, "");
    let known = |name: &str| {
        Artifact::ALL
            .iter()
            .copied()
            .find(|artifact| artifact.id() == name)
    };
    let text = |text: &str| zeroize::Zeroizing::new(text.as_bytes().to_vec());
    let mut all = Vec::new();
    for (name, content) in &row.files {
        if let Some(artifact) = known(name) {
            all.push((path(artifact), content.clone(), artifact.is_secret()));
        }
    }
    if let Some(certificate) = row.files.get(CERTIFICATE) {
        let mut full = certificate.clone();
        full.extend_from_slice(chain.as_bytes());
        all.push((path(Artifact::Fullchain), full, false));
    }
    all.push((path(Artifact::Chain), text(chain), false));
    all.push((path(Artifact::Ca), text(root), false));
    // The key first, as in a store.
    all.sort_by_key(|(path, ..)| (!path.ends_with(&format!("{KEY}.pem")), path.clone()));
    all
}

/// An archive under way.
enum Archive {
    Tar(Box<tar::Builder<io::BufWriter<File>>>),
    Zip(Box<zip::ZipWriter<io::BufWriter<File>>>),
}

impl Archive {
    fn new(format: PackFormat, file: File) -> Self {
        let file = io::BufWriter::with_capacity(1024 * 1024, file);
        match format {
            PackFormat::Zip => Self::Zip(Box::new(zip::ZipWriter::new(file))),
            PackFormat::Tar | PackFormat::Sqlite => Self::Tar(Box::new(tar::Builder::new(file))),
        }
    }

    /// Adds a file, readable for its owner alone if it is secret; `time` is in seconds since 1970.
    fn add(&mut self, path: &str, content: &[u8], is_secret: bool, time: i64) -> io::Result<()> {
        let mode = if is_secret { 0o600 } else { 0o644 };
        match self {
            Self::Tar(tar) => {
                let mut header = tar::Header::new_ustar();
                header.set_size(u64::try_from(content.len()).unwrap_or(0));
                header.set_mode(mode);
                header.set_mtime(u64::try_from(time).unwrap_or(0));
                header.set_uid(0);
                header.set_gid(0);
                tar.append_data(&mut header, path, content)
            }
            Self::Zip(zip) => {
                // The same bytes whenever it is made: without a time, zip has 1980.
                let options = zip::write::SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::default())
                    .unix_permissions(mode);
                zip.start_file(path, options).map_err(io::Error::other)?;
                zip.write_all(content)
            }
        }
    }

    fn finish(self) -> io::Result<File> {
        let buffered = match self {
            Self::Tar(tar) => tar.into_inner()?,
            Self::Zip(zip) => zip.finish().map_err(io::Error::other)?,
        };
        buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}
