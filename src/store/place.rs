//! Files as they lie on the disk: reading them, and what tells whether one has changed.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// The most bytes that a file of a store may have: it is read whole.
const MOST: u64 = 256 * 1024 * 1024;

/// A file's content; none if there is none.
pub(super) fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, StoreError> {
    match read_all(path) {
        Ok(octets) => Ok(Some(octets)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// The content of one of the store's own files, however long a fleet makes it; none if there is none.
pub(super) fn read_own(path: &Utf8Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(octets) => Ok(Some(octets)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// Whether two files have the same content; the second need not be there.
pub(super) fn are_equal(one: &Utf8Path, other: &Utf8Path) -> io::Result<bool> {
    let mut other = match File::open(other) {
        Ok(file) => BufReader::new(file),
        Err(error) if is_absent(&error) => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut one = BufReader::new(File::open(one)?);
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if left.get(..length) != right.get(..length) || (length == 0 && left.len() != right.len()) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// A file's content.
pub(super) fn read_all(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // One that grows as it is read leaves pieces of a key behind.
    let length = file.metadata()?.len().min(MOST).saturating_add(1);
    let mut octets = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(MOST + 1).read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length > MOST) {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            "it is larger than any artifact",
        ));
    }
    Ok(octets)
}

/// Whether an error says that nothing is there.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What the system says of a file; it changes when the content does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// Bytes.
    pub(super) size: u64,
    /// The time of the last change of content, in nanoseconds of the Unix era.
    pub(super) modified: i128,
    /// The time of the last change of anything, likewise; 0 where the system keeps none.
    pub(super) changed: i128,
    /// The file's number; 0 where the system has none.
    pub(super) inode: u64,
}

impl Stamp {
    /// Whether the content is that of another moment. A rename may change `changed` alone.
    pub(super) fn is_content_of(&self, other: &Self) -> bool {
        (self.size, self.modified, self.inode) == (other.size, other.modified, other.inode)
    }

    /// The stamp of a file; none if there is none.
    pub(super) fn of(path: &Utf8Path) -> io::Result<Option<Self>> {
        look(path).map(|seen| seen.map(|(stamp, _)| stamp))
    }
}

/// A file's stamp, and its permissions on Unix; none if there is none.
pub(super) fn look(path: &Utf8Path) -> io::Result<Option<(Stamp, Option<u32>)>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some((Stamp::from(&metadata), mode(&metadata)))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

#[cfg(not(unix))]
impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i128::try_from(since.as_nanos()).ok())
            .unwrap_or(0);
        Self {
            size: metadata.len(),
            modified,
            changed: 0,
            inode: 0,
        }
    }
}
