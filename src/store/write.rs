//! Writing a file so that it is whole or absent: a temporary name, its mode from the first byte, a rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use super::StoreError;

/// The folder for unfinished files. It lies in the store, so that a rename stays within one file system.
pub(super) const UNFINISHED: &str = ".pkiform-tmp";

/// A file to be written.
#[derive(Clone, Copy)]
pub struct NewFile<'a> {
    /// Its path, relative to the store.
    pub path: &'a Utf8Path,
    /// Its content.
    pub bytes: &'a [u8],
    /// Its permissions on Unix.
    pub mode: u32,
    /// Its group on Unix, if it is not the user's.
    pub group: Option<&'a str>,
    /// Whether it is synced before it gets its name: a CA's key.
    pub durable: bool,
}

/// Names for unfinished files, unique within the run; the guard keeps other runs out.
#[derive(Debug, Default)]
pub(super) struct Names(AtomicU64);

impl Names {
    /// A name that nothing has yet.
    pub(super) fn next(&self, dir: &Utf8Path) -> Utf8PathBuf {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        dir.join(UNFINISHED).join(number.to_string())
    }
}

/// Writes a file under a path that nothing has, with its mode and group from the first byte.
pub(super) fn create(path: &Utf8Path, file: &NewFile<'_>, sync: bool) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut created = open_new(path, file.mode)?;
        own(&created, file.mode, file.group)?;
        created.write_all(file.bytes)?;
        if sync {
            created.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|source| match (file.group, source.kind()) {
        (Some(group), io::ErrorKind::InvalidInput) => StoreError::Group(group.to_owned()),
        _ => StoreError::Io {
            path: path.to_owned(),
            action: "written",
            source,
        },
    })
}

/// Makes a folder of the store and those above it, readable by all whatever the umask.
pub(super) fn make_folder(path: &Utf8Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => open_to_all(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(above) = path.parent() else {
                return Err(error);
            };
            make_folder(above)?;
            make_folder(path)
        }
        Err(error) => Err(error),
    }
}

/// Syncs what a folder says of the names in it; systems that have no such thing are content.
pub(super) fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    match File::open(path) {
        Ok(folder) => match folder.sync_all() {
            Err(error) if cfg!(unix) => Err(error),
            _ => Ok(()),
        },
        Err(error) if cfg!(unix) => Err(error),
        Err(_) => Ok(()),
    }
}

#[cfg(unix)]
fn open_new(path: &Utf8Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Nobody but the owner until the group is set.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode & 0o700 | (mode & 0o044))
        .open(path)
}

#[cfg(not(unix))]
fn open_new(path: &Utf8Path, _: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn own(file: &File, mode: u32, group: Option<&str>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(group) = group {
        std::os::unix::fs::fchown(file, None, Some(group_id(group)?))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn own(_: &File, _: u32, _: Option<&str>) -> io::Result<()> {
    Ok(())
}

/// Sets the permissions and the group of a file that is there.
#[cfg(unix)]
pub(super) fn set_mode(path: &Utf8Path, mode: u32, group: Option<&str>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(group) = group {
        std::os::unix::fs::chown(path, None, Some(group_id(group)?))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Sets the permissions and the group of a file that is there.
#[cfg(not(unix))]
pub(super) fn set_mode(_: &Utf8Path, _: u32, _: Option<&str>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn group_id(name: &str) -> io::Result<u32> {
    let unknown = || io::Error::new(io::ErrorKind::InvalidInput, "no such group");
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let group = nix::unistd::Group::from_name(name).map_err(io::Error::from)?;
    Ok(group.ok_or_else(unknown)?.gid.as_raw())
}

#[cfg(unix)]
fn open_to_all(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}

/// Brings everything written so far in a folder's file system to the disk, in one call.
#[cfg(target_os = "linux")]
pub(super) fn sync_all(dir: &Utf8Path, _: &[Utf8PathBuf]) -> io::Result<()> {
    let folder = File::open(dir)?;
    nix::unistd::syncfs(&folder).map_err(io::Error::from)
}

/// Brings the files written so far to the disk.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_all(dir: &Utf8Path, written: &[Utf8PathBuf]) -> io::Result<()> {
    for path in written {
        OpenOptions::new()
            .write(true)
            .open(dir.join(path))?
            .sync_all()?;
        if let Some(folder) = dir.join(path).parent() {
            sync_folder(folder)?;
        }
    }
    Ok(())
}
