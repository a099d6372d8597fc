//! The rows of a CSV file, each with its place: its columns become a fleet's variables.

use std::io::Read;
use std::sync::Arc;

use camino::Utf8Path;

use super::{Diagnostic, SourceMap, Span};

/// A reader of rows, by a header of column names (RFC 4180).
pub struct Rows {
    columns: Arc<[String]>,
    records: csv::StringRecordsIntoIter<Bytes>,
    base: u32,
    ends: Vec<u32>,
}

/// The bytes of a text that the map shares.
struct Bytes {
    text: Arc<str>,
    at: usize,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let read = Read::read(&mut { rest }, buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    fields: csv::StringRecord,
    span: Span,
}

impl Row {
    /// The field of a column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        self.fields
            .get(self.columns.iter().position(|name| name == column)?)
    }

    /// Columns and their fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(String::as_str).zip(&self.fields)
    }

    /// Where the row stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }
}

impl Rows {
    /// Reads the header; the text is added to the map.
    ///
    /// # Errors
    /// There is no header, or a column has no name or another's.
    pub(super) fn open(
        path: &Utf8Path,
        text: String,
        map: &mut SourceMap,
    ) -> Result<Self, Diagnostic> {
        let text: Arc<str> = text.into();
        let Some(base) = map.add(path.to_owned(), Arc::clone(&text)) else {
            return Err(Diagnostic::error("rows", format!("`{path}` is too large")));
        };
        let ends = line_ends(&text);
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(Bytes { text, at: 0 });
        let header = Span {
            start: base,
            end: base + ends.first().copied().unwrap_or(0),
        };
        let wrong = |what: String| Diagnostic::error("rows", what).at(header, "the header");
        let names = reader
            .headers()
            .map_err(|error| wrong(error.to_string()))?
            .clone();
        let columns: Vec<String> = names
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        for (index, name) in columns.iter().enumerate() {
            if name.is_empty() {
                return Err(wrong(format!(
                    "column {} of `{path}` has no name",
                    index + 1
                )));
            }
            if columns.iter().take(index).any(|other| other == name) {
                return Err(wrong(format!(
                    "two columns of `{path}` are called `{name}`"
                )));
            }
        }
        if columns.is_empty() {
            return Err(wrong(format!("`{path}` is empty"))
                .help("its first line names the columns: `id,serial`"));
        }
        Ok(Self {
            columns: columns.into(),
            records: reader.into_records(),
            base,
            ends,
        })
    }

    /// The span of the line that begins at, or holds, an offset of the file.
    fn line(&self, offset: u64) -> Span {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let after = self.ends.partition_point(|end| *end < offset);
        let end = self.ends.get(after).copied().unwrap_or(offset);
        Span {
            start: self.base.saturating_add(offset),
            end: self.base.saturating_add(end.max(offset)),
        }
    }
}

fn line_ends(text: &str) -> Vec<u32> {
    let newlines = text.match_indices('\n').map(|(at, _)| at);
    newlines
        .chain([text.len()])
        .filter_map(|at| u32::try_from(at).ok())
        .collect()
}

impl Iterator for Rows {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(match record {
            Ok(fields) => {
                let span = self.line(fields.position().map_or(0, csv::Position::byte));
                Ok(Row {
                    columns: Arc::clone(&self.columns),
                    fields,
                    span,
                })
            }
            Err(error) => {
                let span = self.line(error.position().map_or(0, csv::Position::byte));
                let what = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => {
                        format!("this row has {len} fields, the header has {expected_len} columns")
                    }
                    other => format!("this row can't be read: {other:?}"),
                };
                Err(Diagnostic::error("rows", what)
                    .at(span, "this row")
                    .help("a field with a comma in it stands in double quotes"))
            }
        })
    }
}
