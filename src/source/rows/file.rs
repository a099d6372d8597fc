//! A file of rows: CSV or JSON Lines, read from its beginning each time it is opened.

use std::io::{BufReader, Read, Seek};

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::places::Places;
use super::row::Row;
use super::{csv_file, json_lines};
use crate::source::{Diagnostic, Span};

/// The form of rows in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowFormat {
    /// Comma-separated values with a header of column names (RFC 4180).
    Csv,
    /// An object of JSON a line.
    Jsonl,
}

impl RowFormat {
    /// The form that a file's name tells.
    #[must_use]
    pub fn of(path: &Utf8Path) -> Self {
        match path.extension().map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}

pub(super) type BoxedRows = Box<dyn Iterator<Item = Result<Row, Diagnostic>> + Send>;

/// A file of rows.
#[derive(Debug)]
pub(super) struct RowFile {
    pub(super) path: Utf8PathBuf,
    pub(super) format: RowFormat,
    pub(super) places: Places,
}

impl RowFile {
    pub(super) fn open(&self) -> Result<BoxedRows, Diagnostic> {
        let file = open(&self.path, self.places.named)?;
        rows(file, self.format, &self.places)
    }

    pub(super) fn content_key(&self) -> Result<[u8; 32], Diagnostic> {
        let file = open(&self.path, self.places.named)?;
        digest(file).map_err(|error| unreadable(&self.path, &error, self.places.named))
    }
}

/// The rows of an open file.
pub(super) fn rows(
    mut file: impl Read + Seek + Send + 'static,
    format: RowFormat,
    places: &Places,
) -> Result<BoxedRows, Diagnostic> {
    let mut mark = [0; 3];
    let read = file.read(&mut mark).unwrap_or(0);
    let mark = mark.get(..read).unwrap_or_default();
    if mark.starts_with(&[0xff, 0xfe]) || mark.starts_with(&[0xfe, 0xff]) {
        return Err(
            Diagnostic::error("not-utf8", format!("{} is UTF-16", places.name))
                .at(places.named, "named here")
                .help("save it as UTF-8: `iconv -f UTF-16 -t UTF-8`"),
        );
    }
    let start = if mark == [0xef, 0xbb, 0xbf] { 3 } else { 0 };
    let begun = file.seek(std::io::SeekFrom::Start(start));
    begun.map_err(|error| {
        Diagnostic::error(
            "unreadable",
            format!("{} can't be read: {error}", places.name),
        )
        .at(places.named, "named here")
    })?;
    let file = BufReader::with_capacity(64 * 1024, file);
    match format {
        RowFormat::Csv => csv_file::rows(file, start, places.clone()),
        RowFormat::Jsonl => Ok(Box::new(json_lines::Lines::new(
            file,
            start,
            places.clone(),
        ))),
    }
}

pub(super) fn digest(mut file: impl Read) -> std::io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "the door through which rows are read"
)]
pub(in crate::source) fn open(path: &Utf8Path, named: Span) -> Result<std::fs::File, Diagnostic> {
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error, named))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let what = format!("`{path}` is a folder, not a file");
        return Err(Diagnostic::error("unreadable", what).at(named, "named here"));
    }
    Ok(file)
}

fn unreadable(path: &Utf8Path, error: &std::io::Error, named: Span) -> Diagnostic {
    let what = match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file `{path}`"),
        std::io::ErrorKind::PermissionDenied => format!("`{path}` may not be read"),
        _ => format!("`{path}` can't be read: {error}"),
    };
    Diagnostic::error("unreadable", what).at(named, "named here")
}
