//! The names that lie directly in a store, read once: a fleet's new devices need not each be looked for.

use std::borrow::Cow;
use std::fs;

use camino::{Utf8Component, Utf8Path};
use indexmap::IndexSet;

use super::place;

/// What a store's folder holds.
#[derive(Debug)]
pub(super) struct Listing {
    /// In lower case, since some file systems know no other; none if the folder can't be listed.
    names: Option<IndexSet<String>>,
}

impl Listing {
    /// Lists a store's folder; one that is not there holds nothing.
    pub(super) fn read(dir: &Utf8Path) -> Self {
        let names = match fs::read_dir(dir) {
            Ok(found) => found
                .map(|entry| {
                    Some(
                        entry
                            .ok()?
                            .file_name()
                            .to_string_lossy()
                            .to_ascii_lowercase(),
                    )
                })
                .collect(),
            Err(error) => place::is_absent(&error).then(IndexSet::new),
        };
        Self { names }
    }

    /// Whether nothing lies under a path's first name for certain. Names beyond ASCII may be written in several ways,
    /// and are to be looked for.
    pub(super) fn lacks(&self, path: &Utf8Path) -> bool {
        match (&self.names, first(path)) {
            (Some(names), Some(name)) => name.is_ascii() && !names.contains(&*lower(name)),
            _ => false,
        }
    }

    /// Notes what came since.
    pub(super) fn note(&mut self, path: &Utf8Path) {
        if let (Some(names), Some(name)) = (&mut self.names, first(path)) {
            names.insert(lower(name).into_owned());
        }
    }
}

fn first(path: &Utf8Path) -> Option<&str> {
    match path.components().next()? {
        Utf8Component::Normal(name) => Some(name),
        _ => None,
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|octet| octet.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certainly_not_there_is_lacking() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        fs::create_dir(dir.join("Device-1")).unwrap();
        let mut listing = Listing::read(dir);
        for there in ["Device-1/key.pem", "device-1", "DEVICE-1/a/b"] {
            assert!(!listing.lacks(there.into()), "{there}");
        }
        assert!(listing.lacks("device-2/key.pem".into()));
        for unsure in ["gerät/key.pem", "/etc/passwd", "../x", ""] {
            assert!(!listing.lacks(unsure.into()), "{unsure}");
        }
        listing.note("Device-2/cert.pem".into());
        assert!(!listing.lacks("device-2".into()));
        let none = Listing::read(&dir.join("nothing"));
        assert!(none.lacks("device-1".into()));
        let file = dir.join("file");
        fs::write(&file, "").unwrap();
        assert!(
            Listing::read(&file).lacks("a".into()),
            "nothing lies in a file"
        );
    }
}
