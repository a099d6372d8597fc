//! The rows of a CSV file, each with its place: its columns become a fleet's variables.

use std::io::Read;
use std::sync::Arc;

use camino::Utf8Path;

use super::{Diagnostic, SourceMap, Span};

/// The most bad rows that are named: of a file that is wrong throughout, the first ones tell.
const MOST_BAD: usize = 20;

/// A reader of rows, by a header of column names (RFC 4180).
pub struct Rows {
    columns: Arc<[String]>,
    records: csv::StringRecordsIntoIter<Bytes>,
    text: Arc<str>,
    base: u32,
    bad: usize,
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
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(Bytes {
                text: Arc::clone(&text),
                at: 0,
            });
        let header = line(&text, base, 0);
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
            text,
            base,
            bad: 0,
        })
    }

    fn row(&self, record: csv::Result<csv::StringRecord>) -> Result<Row, Diagnostic> {
        let start = match &record {
            Ok(fields) => fields.position(),
            Err(error) => error.position(),
        };
        let start = start.map_or(0, offset);
        let span = line(&self.text, self.base, start);
        let refuse = |what: String| Diagnostic::error("rows", what).at(span, "this row");
        // The reader takes a quote without a partner to go on to the file's end, and swallows the rows below it.
        let written = self
            .text
            .get(start..offset(self.records.reader().position()));
        if written.unwrap_or_default().matches('"').count() % 2 == 1 {
            return Err(
                refuse("a double quote in this row has no partner".to_owned()).help(
                    "a double quote within a quoted field is written twice: `\"5\"\" pipe\"`",
                ),
            );
        }
        match record {
            Ok(fields) => Ok(Row {
                columns: Arc::clone(&self.columns),
                fields,
                span,
            }),
            Err(error) => {
                let what = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => format!(
                        "this row has {}, the header has {}",
                        counted(*len, "field"),
                        counted(*expected_len, "column")
                    ),
                    _ => format!("this row can't be read: {error}"),
                };
                Err(refuse(what).help("a field with a comma in it stands in double quotes"))
            }
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn offset(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

/// The first line with something in it at or after an offset: the reader counts the empty lines before a row, and the
/// second half of the line's end before them, as the row's.
fn line(text: &str, base: u32, from: usize) -> Span {
    let rest = text.get(from..).unwrap_or_default();
    let row = rest.trim_start_matches(['\r', '\n', '\u{feff}']);
    let start = text.len() - row.len();
    let end = start + row.find(['\r', '\n']).unwrap_or(row.len());
    let position = |offset: usize| base.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
    Span {
        start: position(start),
        end: position(end),
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bad >= MOST_BAD {
            return None;
        }
        let record = self.records.next()?;
        let row = self.row(record);
        self.bad += usize::from(row.is_err());
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let mut map = SourceMap::new();
        map.add("spec.toml".into(), "spec = 1").unwrap();
        let rows = match Rows::open("r.csv".into(), text.to_owned(), &mut map) {
            Ok(rows) => rows.collect(),
            Err(diagnostic) => vec![Err(diagnostic)],
        };
        let line = |span| map.locate(span).unwrap().line;
        rows.into_iter()
            .map(|row| match row {
                Ok(row) => {
                    let fields: Vec<_> = row
                        .iter()
                        .map(|(name, field)| format!("{name}={field}"))
                        .collect();
                    format!("{}: {}", line(row.span()), fields.join(" "))
                }
                Err(diagnostic) => {
                    format!(
                        "{}! {}",
                        line(diagnostic.labels[0].span),
                        diagnostic.message
                    )
                }
            })
            .collect()
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let text = [
                "\u{feff}id,serial",
                "a, 1",
                "",
                "\"b,c\",2",
                "d,\"say \"\"e\"\"\"",
            ]
            .join(end);
            assert_eq!(
                rows(&text),
                [
                    "2: id=a serial=1",
                    "4: id=b,c serial=2",
                    "5: id=d serial=say \"e\""
                ],
                "{end:?}"
            );
        }
    }

    #[test]
    fn a_bad_row_is_named_and_the_others_are_read() {
        assert_eq!(
            rows("id,serial\r\na,1\r\n\r\nb\r\nc,3,4\r\nd,4\r\n"),
            [
                "2: id=a serial=1",
                "4! this row has 1 field, the header has 2 columns",
                "5! this row has 3 fields, the header has 2 columns",
                "6: id=d serial=4",
            ]
        );
        assert_eq!(
            rows("id,serial\na,\"1\nb,2\n"),
            ["2! a double quote in this row has no partner"]
        );
    }

    #[test]
    fn a_file_that_is_wrong_throughout_is_left_early() {
        assert_eq!(
            rows(&format!("id\n{}", "a,b\n".repeat(10_000))).len(),
            MOST_BAD
        );
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        assert_eq!(rows(""), ["1! `r.csv` is empty"]);
        assert_eq!(rows("id,,x\n"), ["1! column 2 of `r.csv` has no name"]);
        assert_eq!(
            rows("\nid,id\n"),
            ["2! two columns of `r.csv` are called `id`"]
        );
    }
}
