//! `.pkiform-cache`: what this machine knows of the store's files, so that an unchanged one need not be read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::hex;
use super::place::{Stamp, read_own};

/// The file's name.
pub(super) const CACHE: &str = ".pkiform-cache";
/// The version of the format; a cache of any other is ignored.
const VERSION: u32 = 1;

/// Digests of files by their paths, each with the stamp under which it was taken.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// By path as text: text is compared at once, a path name by name.
    entries: BTreeMap<String, Entry>,
    /// When the cache itself was written. A file that changed at or after that moment may have changed again
    /// within the same tick of the clock: its stamp proves nothing.
    written: i128,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    stamp: Stamp,
    sha256: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    path: Cow<'a, Utf8Path>,
    stamp: Stamp,
    #[serde(with = "hex")]
    sha256: [u8; 32],
}

impl Cache {
    /// Reads a store's cache; one that is damaged, of another version or not there is empty.
    pub(super) fn read(dir: &Utf8Path) -> Self {
        let path = dir.join(CACHE);
        let (Ok(Some(octets)), Ok(Some(stamp))) = (read_own(&path), Stamp::of(&path)) else {
            return Self::default();
        };
        let mut lines = octets
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let version = lines
            .next()
            .and_then(|line| serde_json::from_slice::<u32>(line).ok());
        if version != Some(VERSION) {
            return Self::default();
        }
        let mut entries = BTreeMap::new();
        for line in lines {
            let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else {
                return Self::default();
            };
            entries.insert(
                line.path.into_owned().into_string(),
                Entry {
                    stamp: line.stamp,
                    sha256: line.sha256,
                },
            );
        }
        Self {
            entries,
            written: stamp.modified,
        }
    }

    /// The digest of a file whose stamp is the cache's and proves something.
    pub(super) fn digest(&self, path: &Utf8Path, stamp: &Stamp) -> Option<[u8; 32]> {
        let entry = self.entries.get(path.as_str())?;
        let proven =
            entry.stamp == *stamp && stamp.modified < self.written && stamp.changed < self.written;
        proven.then_some(entry.sha256)
    }

    /// Begins the text of a cache.
    pub(super) fn begin(to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "{VERSION}")
    }

    /// Adds a file to the text of a cache.
    pub(super) fn add(
        to: &mut dyn Write,
        path: &Utf8Path,
        stamp: Stamp,
        sha256: [u8; 32],
    ) -> io::Result<()> {
        let line = Line {
            path: Cow::Borrowed(path),
            stamp,
            sha256,
        };
        serde_json::to_writer(&mut *to, &line)?;
        to.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(modified: i128) -> Stamp {
        Stamp {
            size: 3,
            modified,
            changed: modified,
            inode: 7,
        }
    }

    fn cache(written: i128) -> Cache {
        let entries = BTreeMap::from([(
            "a".into(),
            Entry {
                stamp: stamp(50),
                sha256: [9; 32],
            },
        )]);
        Cache { entries, written }
    }

    #[test]
    fn only_a_file_older_than_the_cache_counts_as_read() {
        assert_eq!(cache(51).digest("a".into(), &stamp(50)), Some([9; 32]));
        assert_eq!(cache(50).digest("a".into(), &stamp(50)), None, "racy");
        assert_eq!(cache(99).digest("a".into(), &stamp(51)), None, "changed");
        let other = Stamp {
            inode: 8,
            ..stamp(50)
        };
        assert_eq!(cache(99).digest("a".into(), &other), None, "replaced");
    }

    #[test]
    fn a_damaged_cache_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let mut text = Vec::new();
        Cache::begin(&mut text).unwrap();
        Cache::add(&mut text, "a".into(), stamp(1), [9; 32]).unwrap();
        let text = String::from_utf8(text).unwrap();
        std::fs::write(dir.join(CACHE), &text).unwrap();
        assert_eq!(Cache::read(dir).entries.len(), 1);
        for damaged in [
            "",
            "0\n",
            &text.replace("0909", "zz"),
            &text.replacen('1', "2", 1),
        ] {
            std::fs::write(dir.join(CACHE), damaged).unwrap();
            assert_eq!(Cache::read(dir).entries.len(), 0, "{damaged}");
        }
    }
}
