//! `.archive`: private keys that were replaced or taken away; nothing in it is ever overwritten.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::write::{make_folder, sync_folder};
use super::{StoreError, place};

/// The folder's name.
const ARCHIVE: &str = ".archive";

/// Puts a file beside what the archive has of that entity and key. The file itself stays where it is until something
/// takes its place, so that at no moment there is none.
///
/// # Errors
/// The archive can't be written.
pub(super) fn keep(
    dir: &Utf8Path,
    id: &str,
    public_key: &[u8; 32],
    path: &Utf8Path,
) -> Result<Utf8PathBuf, StoreError> {
    let digest = data_encoding::HEXLOWER.encode(public_key);
    let folder = Utf8Path::new(ARCHIVE).join(id).join(digest);
    make_folder(&dir.join(&folder)).map_err(StoreError::io("written", &dir.join(&folder)))?;
    close_to_others(&dir.join(ARCHIVE)).map_err(StoreError::io("written", &dir.join(ARCHIVE)))?;
    let from = dir.join(path);
    let name = path.file_name().unwrap_or("key");
    for number in 1_u32.. {
        let place = folder.join(if number == 1 {
            name.to_owned()
        } else {
            format!("{name}.{number}")
        });
        let to = dir.join(&place);
        match fs::hard_link(&from, &to) {
            Ok(()) => {
                sync(&from, &to).map_err(StoreError::io("written", &to))?;
                return Ok(place);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if place::read(&to)? == place::read(&from)? {
                    return Ok(place);
                }
            }
            // A file system without links.
            Err(_) if !to.exists() => {
                copy(&from, &to).map_err(StoreError::io("written", &to))?;
                return Ok(place);
            }
            Err(error) => return Err(StoreError::io("written", &to)(error)),
        }
    }
    Err(StoreError::io("written", &dir.join(folder))(
        io::ErrorKind::StorageFull.into(),
    ))
}

/// Whether the archive has this very content under that entity and key.
pub(super) fn has(
    dir: &Utf8Path,
    id: &str,
    public_key: &[u8; 32],
    content: &[u8],
) -> Result<bool, StoreError> {
    let digest = data_encoding::HEXLOWER.encode(public_key);
    let folder = dir.join(ARCHIVE).join(id).join(digest);
    let Ok(names) = folder.read_dir_utf8() else {
        return Ok(false);
    };
    for name in names.flatten() {
        if place::read(name.path())?.as_deref() == Some(content) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn sync(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    fs::File::open(from)?.sync_all()?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Copies under a name that nothing has, the copy whole before it has it.
fn copy(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    let unfinished = Utf8PathBuf::from(format!("{to}.tmp"));
    fs::copy(from, &unfinished)?;
    fs::OpenOptions::new()
        .write(true)
        .open(&unfinished)?
        .sync_all()?;
    fs::rename(&unfinished, to)?;
    to.parent().map_or(Ok(()), sync_folder)
}

#[cfg(unix)]
fn close_to_others(path: &Utf8Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close_to_others(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}
