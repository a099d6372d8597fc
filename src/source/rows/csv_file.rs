//! The rows of a CSV file (RFC 4180), whose first line names the columns.

use std::io::Read;
use std::sync::Arc;

use super::file::BoxedRows;
use super::places::Places;
use super::row::Row;
use super::tape::{Tape, Taped};
use crate::source::Diagnostic;

/// A reader of records, with what they are told from.
struct Records<R> {
    columns: Arc<[String]>,
    reader: csv::StringRecordsIntoIter<Taped<R>>,
    tape: Tape,
    /// The position of the reader's first byte in the file.
    start: u64,
    places: Places,
    number: u64,
    /// Where the last row ended: where one is that can't be read at all.
    behind: u64,
    ended: bool,
}

/// Reads the header, and gives the rows below it; `start` is the position of the reader's first byte in the file.
///
/// # Errors
/// There is no header, or a column has no name or another's.
pub(super) fn rows(
    reader: impl Read + Send + 'static,
    start: u64,
    places: Places,
) -> Result<BoxedRows, Diagnostic> {
    let (taped, tape) = Taped::new(reader, 0);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(taped);
    let names = reader.headers().cloned();
    let end = reader.position().byte();
    let (from, text) = tape.take(0, end, |bytes| {
        let (blank, row) = trimmed(bytes);
        (blank, row.len())
    });
    let header = places.span(start.saturating_add(from), text);
    let what = &places.name;
    let wrong = |what: String| {
        let error = Diagnostic::error("rows", what);
        if places.base.is_some() {
            error.at(header, "the header")
        } else {
            error.at(places.named, "named here")
        }
    };
    let names = names.map_err(|error| wrong(told(&error, &tape)))?;
    let columns: Vec<String> = names
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect();
    for (index, name) in columns.iter().enumerate() {
        if name.is_empty() {
            return Err(wrong(format!("column {} of {what} has no name", index + 1)));
        }
        if columns.iter().take(index).any(|other| other == name) {
            return Err(wrong(format!("two columns of {what} are called `{name}`")));
        }
    }
    if let [only] = columns.as_slice()
        && let Some(other) = only.chars().find(|one| matches!(one, ';' | '\t' | '|'))
    {
        return Err(wrong(format!(
            "{what} has one column, `{}`: its columns are separated by `{}`",
            only.escape_debug(),
            other.escape_debug()
        ))
        .help("separate columns by commas (RFC 4180): save it so, or turn it with a command"));
    }
    if columns.is_empty() {
        return Err(
            wrong(format!("{what} is empty")).help("its first line names the columns: `id,serial`")
        );
    }
    Ok(Box::new(Records {
        columns: columns.into(),
        reader: reader.into_records(),
        tape,
        start,
        places,
        number: 0,
        behind: end,
        ended: false,
    }))
}

impl<R: Read> Records<R> {
    fn row(&mut self, record: csv::Result<csv::StringRecord>) -> Result<Row, Diagnostic> {
        self.number = self.number.saturating_add(1);
        let begin = match &record {
            Ok(fields) => fields.position(),
            Err(error) => error.position(),
        };
        let begin = begin.map_or(self.behind, csv::Position::byte);
        let end = self.reader.reader().position().byte();
        self.behind = end;
        // The reader takes a quote without a partner to go on to the file's end, and swallows the rows below it.
        let (blank, length, is_odd, other) = self.tape.take(begin, end, |bytes| {
            let (blank, row) = trimmed(bytes);
            let other = std::str::from_utf8(row)
                .err()
                .map(|error| error.valid_up_to());
            let is_odd = bytes
                .iter()
                .filter(|byte| **byte == b'"')
                .fold(false, |odd, _| !odd);
            (blank, row.len(), is_odd, other)
        });
        let at = self.start.saturating_add(begin).saturating_add(blank);
        let span = self.places.span(at, length);
        let refuse = |what: String| self.places.fault(what, self.number, span);
        if self.tape.overrun() {
            self.ended = true;
            return Err(refuse("this row is longer than 1 MiB".to_owned())
                .help("a double quote in it may have no partner"));
        }
        if is_odd {
            return Err(
                refuse("a double quote in this row has no partner".to_owned()).help(
                    "a double quote within a quoted field is written twice: `\"5\"\" pipe\"`",
                ),
            );
        }
        match record {
            Ok(fields) => Ok(Row::of_texts(&self.columns, fields, span)),
            Err(error) => {
                let fault = refuse(told(&error, &self.tape));
                Err(match error.kind() {
                    csv::ErrorKind::Utf8 { .. } => {
                        let byte =
                            at.saturating_add(u64::try_from(other.unwrap_or(0)).unwrap_or(0));
                        self.places.other_encoding(self.places.span(byte, 1))
                    }
                    csv::ErrorKind::Io(_) => {
                        self.ended = true;
                        fault
                    }
                    _ => fault.help("a field with a comma in it stands in double quotes"),
                })
            }
        }
    }
}

fn told(error: &csv::Error, tape: &Tape) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "this row has {}, the header has {}",
            counted(*len, "field"),
            counted(*expected_len, "column")
        ),
        csv::ErrorKind::Utf8 { .. } => "this row is not UTF-8".to_owned(),
        _ if tape.overrun() => "this row is longer than 1 MiB".to_owned(),
        _ => format!("this row can't be read: {error}"),
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The first line with something in it, and how many bytes stand before: the reader counts the empty lines before a row,
/// and the second half of the line's end before them, as the row's.
fn trimmed(bytes: &[u8]) -> (u64, &[u8]) {
    let mut row = bytes;
    loop {
        row = match row {
            [b'\r' | b'\n', rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            _ => break,
        };
    }
    let blank = bytes.len().saturating_sub(row.len());
    let end = row.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let row = row.get(..end.unwrap_or(row.len())).unwrap_or_default();
    (u64::try_from(blank).unwrap_or(0), row)
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let record = self.reader.next()?;
        Some(self.row(record))
    }
}
