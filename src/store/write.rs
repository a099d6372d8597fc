//! Writing a file so that it is whole or absent: a temporary name, its mode from the first byte, a rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use super::StoreError;
use super::place::Stamp;

/// The folder for unfinished files. It lies in the store, so that a rename stays within one file system, and nobody
/// but the owner may enter it.
pub(super) const UNFINISHED: &str = ".pkiform-tmp";

/// Where a file is made that is yet to get its name: a run that dies leaves it to the next, which clears it away.
pub(super) fn unfinished(place: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let folder = place.parent().unwrap_or(Utf8Path::new(""));
    let name = place.file_name().unwrap_or("file");
    if folder.file_name() == Some(UNFINISHED) {
        return Ok(folder.join(format!("{name}.new")));
    }
    let folder = folder.join(UNFINISHED);
    make_private_folder(&folder)?;
    Ok(folder.join(name))
}

/// When a new file is brought to the disk. What replaces a file is always synced before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before it gets its name: a CA's key.
    Synced,
    /// With all others of the run, before the lock gets its name.
    Batched,
}

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
    /// When it is brought to the disk.
    pub durability: Durability,
    /// Of a private key's file (`key`, `key-der`): SHA-256 of the public key, DER SubjectPublicKeyInfo.
    pub private_key: Option<[u8; 32]>,
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

/// Writes a file under a path that nothing has, and gives its stamp. From the first byte it has its group and no more
/// than its mode; what the umask took of that comes back before it gets its name.
/// `place` is where it will be: the one to name in an error.
pub(super) fn create(
    path: &Utf8Path,
    place: &Utf8Path,
    file: &NewFile<'_>,
    sync: bool,
) -> Result<Stamp, StoreError> {
    let mut created = open_new(path, file).map_err(StoreError::io("written", place))?;
    let written = give_group(&created, place, file.group).and_then(|()| {
        let mut write = || -> io::Result<Stamp> {
            created.write_all(file.bytes)?;
            let mut metadata = created.metadata()?;
            if give_mode(&created, &metadata, file.mode)? {
                metadata = created.metadata()?;
            }
            if sync {
                created.sync_all()?;
            }
            Ok(Stamp::from(&metadata))
        };
        write().map_err(StoreError::io("written", place))
    });
    if written.is_err() {
        // On a full disk, what can't be finished takes no room.
        let _ = fs::remove_file(path);
    }
    written
}

/// Writes one of the store's own files under a path that nothing has, as it is composed: a fleet's lock is long.
/// `place` is where it will be: the one to name in an error.
pub(super) fn compose(
    path: &Utf8Path,
    place: &Utf8Path,
    sync: bool,
    text: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        set_permissions(path, 0o644)?;
        let mut writer = BufWriter::with_capacity(1 << 16, file);
        text(&mut writer)?;
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        if sync { file.sync_all() } else { Ok(()) }
    };
    let written = write();
    if written.is_err() {
        // On a full disk, what can't be finished takes no room.
        let _ = fs::remove_file(path);
    }
    written.map_err(StoreError::io("written", place))
}

/// Makes a folder of the store and those above it, readable by all whatever the umask.
pub(super) fn make_folder(path: &Utf8Path) -> io::Result<()> {
    match make_one(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(above) = path.parent() else {
                return Err(error);
            };
            make_folder(above)?;
            // A second refusal is the last: some file systems say that of every folder.
            make_one(path)
        }
        made => made,
    }
}

fn make_one(path: &Utf8Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => set_permissions(path, 0o755),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a folder that the owner alone may enter; closes one that is there.
pub(super) fn make_private_folder(path: &Utf8Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => set_permissions(path, 0o700),
    }
}

/// Opens one of the store's own files to append to; a new one is readable by all whatever the umask.
pub(super) fn open_own(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            set_permissions(path, 0o644)?;
            Ok(file)
        }
        opened => opened,
    }
}

/// Makes a file under a path that nothing has, for its owner alone from the first byte.
pub(super) fn open_private(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// Syncs what a folder says of the names in it; systems that have no such thing are content.
pub(super) fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        Err(error) if cfg!(unix) => Err(error),
        _ => Ok(()),
    }
}

/// Sets the permissions of a file that is open.
pub(super) fn set_open_mode(file: &File, mode: u32) -> io::Result<()> {
    give_mode(file, &file.metadata()?, mode).map(drop)
}

/// Sets the permissions and the group of a file that is there.
pub(super) fn set_mode(path: &Utf8Path, mode: u32, group: Option<&str>) -> Result<(), StoreError> {
    let set = |file: &File| -> io::Result<bool> { give_mode(file, &file.metadata()?, mode) };
    let file = File::open(path).map_err(StoreError::io("changed", path))?;
    give_group(&file, path, group)?;
    set(&file)
        .map(drop)
        .map_err(StoreError::io("changed", path))
}

/// Brings everything written so far in a folder's file system to the disk, in one call.
#[cfg(target_os = "linux")]
pub(super) fn sync_all<'a>(
    dir: &Utf8Path,
    _: impl Iterator<Item = &'a Utf8PathBuf>,
) -> io::Result<()> {
    let folder = File::open(dir)?;
    nix::unistd::syncfs(&folder).map_err(io::Error::from)
}

/// Brings the files written so far to the disk.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_all<'a>(
    dir: &Utf8Path,
    written: impl Iterator<Item = &'a Utf8PathBuf>,
) -> io::Result<()> {
    let mut folders = std::collections::BTreeSet::from([dir.to_owned()]);
    for path in written {
        let path = dir.join(path);
        // Windows syncs only what is open for writing; elsewhere a file may forbid that to its owner.
        OpenOptions::new()
            .read(true)
            .write(cfg!(not(unix)))
            .open(&path)?
            .sync_all()?;
        let above = path
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(dir));
        folders.extend(above.map(Utf8Path::to_owned));
    }
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

#[cfg(unix)]
fn open_new(path: &Utf8Path, file: &NewFile<'_>) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Nobody but the owner until it has its group: who opens it before may read it after.
    let mode = if file.group.is_some() {
        file.mode & 0o700
    } else {
        file.mode
    };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

#[cfg(not(unix))]
fn open_new(path: &Utf8Path, _: &NewFile<'_>) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn give_group(file: &File, place: &Utf8Path, group: Option<&str>) -> Result<(), StoreError> {
    let Some(name) = group else { return Ok(()) };
    let id = group_id(name).map_err(StoreError::io("given its group", place))?;
    let id = id.ok_or_else(|| StoreError::Group(name.to_owned()))?;
    std::os::unix::fs::fchown(file, None, Some(id)).map_err(|source| StoreError::NotYourGroup {
        path: place.to_owned(),
        group: name.to_owned(),
        source,
    })
}

#[cfg(not(unix))]
fn give_group(_: &File, _: &Utf8Path, _: Option<&str>) -> Result<(), StoreError> {
    Ok(())
}

/// Sets a file's mode unless it has it; whether it had another.
#[cfg(unix)]
fn give_mode(file: &File, metadata: &fs::Metadata, mode: u32) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o7777 == mode {
        return Ok(false);
    }
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(true)
}

#[cfg(not(unix))]
fn give_mode(_: &File, _: &fs::Metadata, _: u32) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn group_id(name: &str) -> io::Result<Option<u32>> {
    if let Ok(number) = name.parse() {
        return Ok(Some(number));
    }
    let group = nix::unistd::Group::from_name(name).map_err(io::Error::from)?;
    Ok(group.map(|group| group.gid.as_raw()))
}

#[cfg(unix)]
fn set_permissions(path: &Utf8Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_permissions(_: &Utf8Path, _: u32) -> io::Result<()> {
    Ok(())
}
