//! `.archive`: private keys that were replaced or taken away; nothing in it is ever overwritten.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use zeroize::Zeroizing;

use super::write::{Durability, NewFile, create, make_folder, make_private_folder, sync_folder};
use super::{PackLock, StoreError, place};

/// The folder's name.
pub(super) const ARCHIVE: &str = ".archive";

/// Copies a file into the archive: `unfinished` is a name to make the copy under. The file itself stays where it is
/// until something takes its place, so that at no moment there is none. A copy, not a second name for the same file:
/// an editor that saves in place would change both.
///
/// # Errors
/// The file can't be read, or the archive not be written.
pub(super) fn keep(
    dir: &Utf8Path,
    id: &str,
    public_key: &[u8; 32],
    path: &Utf8Path,
    unfinished: &Utf8Path,
) -> Result<Utf8PathBuf, StoreError> {
    let digest = data_encoding::HEXLOWER.encode(public_key);
    let folder = Utf8Path::new(ARCHIVE).join(id).join(digest);
    copy(dir, &dir.join(path), &folder, unfinished)
}

/// Moves a pack into the archive; its place there.
///
/// # Errors
/// The archive can't be written.
pub(super) fn move_in(dir: &Utf8Path, pack: &PackLock) -> Result<Utf8PathBuf, StoreError> {
    let digest = data_encoding::HEXLOWER.encode(&pack.sha256);
    let folder = Utf8Path::new(ARCHIVE).join(&pack.fleet).join(digest);
    let full = dir.join(&folder);
    make_private_folder(&dir.join(ARCHIVE))
        .and_then(|()| make_folder(&full))
        .map_err(StoreError::io("written", &full))?;
    let name = pack.pack.file_name().unwrap_or("pack");
    let free = |name: &Utf8Path| dir.join(name).symlink_metadata().is_err();
    let mut place = folder.join(name);
    for number in 2_u32.. {
        if free(&place) {
            break;
        }
        place = folder.join(format!("{name}.{number}"));
    }
    let to = dir.join(&place);
    fs::rename(dir.join(&pack.pack), &to).map_err(StoreError::io("written", &to))?;
    for above in full.ancestors().take_while(|above| above.starts_with(dir)) {
        sync_folder(above).map_err(StoreError::io("written", above))?;
    }
    Ok(place)
}

/// Copies all that the archive of another store has, and that this one has not.
///
/// # Errors
/// A file can't be read, or the archive not be written.
pub(super) fn take(
    dir: &Utf8Path,
    other: &Utf8Path,
    unfinished: impl Fn() -> Utf8PathBuf,
) -> Result<(), StoreError> {
    let archive = other.join(ARCHIVE);
    if !archive.exists() {
        return Ok(());
    }
    for file in walkdir::WalkDir::new(&archive).sort_by_file_name() {
        let unreadable = |error: walkdir::Error| StoreError::io("read", &archive)(error.into());
        let file = file.map_err(unreadable)?;
        let Some(from) = Utf8Path::from_path(file.path()).filter(|_| file.file_type().is_file())
        else {
            continue;
        };
        let below = from.strip_prefix(other).ok();
        if let Some(folder) = below.and_then(Utf8Path::parent) {
            copy(dir, from, folder, &unfinished())?;
        }
    }
    Ok(())
}

/// Copies a file into a folder of the archive, unless its content is there under its name.
fn copy(
    dir: &Utf8Path,
    from: &Utf8Path,
    folder: &Utf8Path,
    unfinished: &Utf8Path,
) -> Result<Utf8PathBuf, StoreError> {
    let full = dir.join(folder);
    let octets = Zeroizing::new(place::read_all(from).map_err(StoreError::io("read", from))?);
    make_private_folder(&dir.join(ARCHIVE))
        .and_then(|()| make_folder(&full))
        .map_err(StoreError::io("written", &full))?;
    let copy = NewFile {
        path: from,
        bytes: &octets,
        mode: 0o600,
        group: None,
        durability: Durability::Synced,
        private_key: None,
    };
    create(unfinished, &full, &copy, true)?;
    let kept = name_it(
        dir,
        folder,
        from.file_name().unwrap_or("key"),
        unfinished,
        &octets,
    );
    let _ = fs::remove_file(unfinished);
    let kept = kept?;
    for above in full.ancestors().take_while(|above| above.starts_with(dir)) {
        sync_folder(above).map_err(StoreError::io("written", above))?;
    }
    Ok(kept)
}

/// Gives the copy the first name that nothing has, unless its content is there.
fn name_it(
    dir: &Utf8Path,
    folder: &Utf8Path,
    name: &str,
    unfinished: &Utf8Path,
    octets: &[u8],
) -> Result<Utf8PathBuf, StoreError> {
    for number in 1_u32.. {
        let place = folder.join(if number == 1 {
            name.to_owned()
        } else {
            format!("{name}.{number}")
        });
        let to = dir.join(&place);
        // A link, where a rename would overwrite.
        match fs::hard_link(unfinished, &to) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let there = place::read(&to)?.map(Zeroizing::new);
                if there.is_some_and(|there| *there == octets) {
                    return Ok(place);
                }
            }
            // A file system without links; the guard keeps other runs from taking the name meanwhile.
            Err(_) if to.symlink_metadata().is_err() => {
                fs::rename(unfinished, &to).map_err(StoreError::io("written", &to))?;
                return Ok(place);
            }
            Err(error) => return Err(StoreError::io("written", &to)(error)),
        }
    }
    let full = dir.join(folder);
    Err(StoreError::io("written", &full)(
        io::ErrorKind::StorageFull.into(),
    ))
}

/// Whether the archive has this very content of an entity.
pub(super) fn has(dir: &Utf8Path, id: &str, content: &[u8]) -> Result<bool, StoreError> {
    let Ok(folders) = dir.join(ARCHIVE).join(id).read_dir_utf8() else {
        return Ok(false);
    };
    for folder in folders.flatten() {
        let Ok(names) = folder.path().read_dir_utf8() else {
            continue;
        };
        for name in names.flatten() {
            let there = place::read(name.path())?.map(Zeroizing::new);
            if there.is_some_and(|there| *there == content) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
