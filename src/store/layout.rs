//! Which paths a store may have: plain names below its folder, none of its own files, and no way out by a link.

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::archive::ARCHIVE;
use super::{StoreError, place};

/// What is wrong with a path of an artifact, if anything is. Paths come from a lock file too, which is text that
/// anybody may have edited: what it names is removed by `--prune`.
pub(super) fn path_fault(path: &Utf8Path) -> Option<&'static str> {
    let mut first = None;
    for component in path.components() {
        let Utf8Component::Normal(name) = component else {
            return Some("leaves the store");
        };
        first.get_or_insert(name);
    }
    match first {
        None => Some("names no file"),
        Some(first) if is_own(first) => Some("is one of the store's own files"),
        Some(_) => None,
    }
}

/// What is wrong with an entity's id, if anything is: the archive has a folder of that name.
pub(super) fn id_fault(id: &str) -> Option<&'static str> {
    let mut components = Utf8Path::new(id).components();
    match (components.next(), components.next()) {
        (Some(Utf8Component::Normal(name)), None) if name == id && !id.contains('\\') => None,
        _ => Some("is no name of an entity"),
    }
}

fn is_own(name: &str) -> bool {
    name.starts_with("pkiform.")
        || name.starts_with(".pkiform")
        || matches!(name, ARCHIVE | ".gitattributes")
}

/// The folders of a store that were found to lie in it.
#[derive(Debug)]
pub(super) struct Ground {
    dir: Utf8PathBuf,
    /// The store's folder without links.
    real: Utf8PathBuf,
    known: Mutex<BTreeSet<String>>,
}

impl Ground {
    /// The ground of a store whose folder is there.
    pub(super) fn new(dir: &Utf8Path) -> Result<Self, StoreError> {
        let real = dir
            .canonicalize_utf8()
            .map_err(StoreError::io("read", dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            real,
            known: Mutex::default(),
        })
    }

    /// The place of a path that stays in the store.
    ///
    /// # Errors
    /// It leaves it, by its names or by a folder that is a link.
    pub(super) fn place(&self, path: &Utf8Path) -> Result<Utf8PathBuf, StoreError> {
        let place = self.new_place(path)?;
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        if !self.holds(folder)? {
            return Err(self.outside(
                path,
                "leaves the store: a folder on the way is a link to elsewhere",
            ));
        }
        Ok(place)
    }

    /// The place of a path whose folder, directly in the store, is not there: only its names can leave.
    ///
    /// # Errors
    /// They do.
    pub(super) fn new_place(&self, path: &Utf8Path) -> Result<Utf8PathBuf, StoreError> {
        match path_fault(path) {
            Some(fault) => Err(self.outside(path, fault)),
            None => Ok(self.dir.join(path)),
        }
    }

    fn outside(&self, path: &Utf8Path, fault: &'static str) -> StoreError {
        StoreError::Outside {
            dir: self.dir.clone(),
            path: path.to_owned(),
            fault,
        }
    }

    /// Refuses an archive that lies elsewhere, and an id that names no folder of it.
    pub(super) fn archive(&self, id: &str) -> Result<(), StoreError> {
        let folder = Utf8Path::new(ARCHIVE).join(id);
        let fault = match id_fault(id) {
            Some(fault) => fault,
            None if self.holds(&folder)? => return Ok(()),
            None => "leaves the store: it is a link to elsewhere",
        };
        Err(StoreError::Outside {
            dir: self.dir.clone(),
            path: folder,
            fault,
        })
    }

    /// A folder that was removed is looked at again.
    pub(super) fn forget(&self, folder: &Utf8Path) {
        if let Ok(mut known) = self.known.lock() {
            known.remove(folder.as_str());
        }
    }

    /// Whether a folder, or of those above it the nearest that is there, lies in the store.
    fn holds(&self, folder: &Utf8Path) -> Result<bool, StoreError> {
        for (steps, above) in folder.ancestors().enumerate() {
            if above.as_str().is_empty() {
                return Ok(true);
            }
            if self
                .known
                .lock()
                .is_ok_and(|known| known.contains(above.as_str()))
            {
                return Ok(true);
            }
            let full = self.dir.join(above);
            match full.symlink_metadata() {
                Ok(_) => {}
                Err(error) if place::is_absent(&error) => continue,
                Err(error) => return Err(StoreError::io("read", &full)(error)),
            }
            let is_inside = match full.canonicalize_utf8() {
                Ok(real) => real.starts_with(&self.real),
                // A link that leads nowhere: who made what it names would make it elsewhere.
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(error) => return Err(StoreError::io("read", &full)(error)),
            };
            if is_inside
                && steps == 0
                && let Ok(mut known) = self.known.lock()
            {
                known.insert(above.as_str().to_owned());
            }
            return Ok(is_inside);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_stay_and_others_do_not() {
        for good in [
            "key.pem",
            "a/key.pem",
            "etcd/sub/ca.crt",
            "pkiform/key.pem",
            ".hidden",
        ] {
            assert_eq!(path_fault(good.into()), None, "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/../../x",
            "/etc/x",
            "pkiform.lock",
            ".archive/a/b",
        ] {
            assert!(path_fault(bad.into()).is_some(), "{bad}");
        }
    }

    #[test]
    fn an_id_is_one_name() {
        assert_eq!(id_fault("device-1"), None);
        for bad in ["", ".", "..", "../x", "a/b", "/a", "a/", "a\\b"] {
            assert!(id_fault(bad).is_some(), "{bad}");
        }
    }
}
