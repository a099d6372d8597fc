//! One space of positions over all files of a spec, and the way back to file, line and column.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::Span;

/// The texts of a spec's files, end to end in one space.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    path: Utf8PathBuf,
    /// Its text; of a file of rows it is read when a place in it is shown.
    text: OnceLock<Arc<str>>,
    length: u32,
    base: u32,
}

impl File {
    fn text(&self) -> &str {
        self.text.get_or_init(|| {
            let octets = read_again(&self.path);
            let mut text = String::with_capacity(octets.len());
            for chunk in octets.utf8_chunks() {
                text.push_str(chunk.valid());
                // A byte for a byte, so that all behind stands where it stood.
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            text.into()
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the door through which rows are read"
)]
fn read_again(path: &Utf8Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

/// A place, as a person finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// The file.
    pub path: &'a Utf8Path,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The whole text of the file.
    pub source: &'a str,
    /// The place in that text, in bytes.
    pub range: Range<usize>,
}

impl SourceMap {
    /// A space without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and gives the position of its first byte; none when the space is full.
    pub fn add(&mut self, path: Utf8PathBuf, text: impl Into<Arc<str>>) -> Option<u32> {
        let text = text.into();
        let length = u32::try_from(text.len()).ok()?;
        self.push(path, length, OnceLock::from(text))
    }

    /// Adds a file of so many bytes whose text is read when a place in it is shown, and gives the position of its first
    /// byte; none when the space is full.
    pub fn add_file(&mut self, path: Utf8PathBuf, length: u32) -> Option<u32> {
        self.push(path, length, OnceLock::new())
    }

    fn push(&mut self, path: Utf8PathBuf, length: u32, text: OnceLock<Arc<str>>) -> Option<u32> {
        let base = match self.files.last() {
            // One position between files, so that the end of one is not the beginning of the next.
            Some(last) => last.base.checked_add(last.length)?.checked_add(1)?,
            None => 0,
        };
        base.checked_add(length)?.checked_add(2)?;
        self.files.push(File {
            path,
            text,
            length,
            base,
        });
        Some(base)
    }

    /// The files' paths, in the order in which they were added.
    pub fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &Utf8Path) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(File::text)
    }

    /// The file, line and column of a span's beginning; none for what stands in no file.
    #[must_use]
    pub fn locate(&self, span: Span) -> Option<Location<'_>> {
        if !span.is_somewhere() {
            return None;
        }
        let after = self.files.partition_point(|file| file.base <= span.start);
        let file = self.files.get(after.checked_sub(1)?)?;
        let text = file.text();
        let offset = |position: u32| {
            let offset = usize::try_from(position.saturating_sub(file.base)).unwrap_or(usize::MAX);
            floor(text, offset)
        };
        let (start, end) = (offset(span.start), offset(span.end.max(span.start)));
        let before = text.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some(Location {
            path: &file.path,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count() + 1,
            source: text,
            range: start..end.max(start),
        })
    }

    /// The text under a span.
    #[must_use]
    pub fn snippet(&self, span: Span) -> Option<&str> {
        let Location { source, range, .. } = self.locate(span)?;
        source.get(range)
    }
}

/// The nearest beginning of a character at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_its_file_line_and_column() {
        let mut map = SourceMap::new();
        assert_eq!(map.add("a.toml".into(), "x = 1\n"), Some(0));
        let base = map.add("b.toml".into(), "é = 2\ny = 3").unwrap();
        let at = base + 7;
        let location = map
            .locate(Span {
                start: at,
                end: at + 1,
            })
            .unwrap();
        assert_eq!(
            (location.path.as_str(), location.line, location.column),
            ("b.toml", 2, 1)
        );
        assert_eq!(
            map.snippet(Span {
                start: at,
                end: at + 1
            }),
            Some("y")
        );
        let inside_a_character = Span {
            start: base + 1,
            end: base + 3,
        };
        assert_eq!(map.locate(inside_a_character).unwrap().column, 1);
        assert_eq!(map.locate(Span::NOWHERE), None);
        assert!(
            map.locate(Span {
                start: 4_000_000,
                end: 4_000_001
            })
            .is_some()
        );
    }
}
