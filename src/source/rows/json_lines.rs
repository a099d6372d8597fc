//! The rows of JSON Lines: an object a line, whose members are the columns.

use std::io::{BufRead, Read};

use serde_json::Value;

use super::json_value::Exact;
use super::places::Places;
use super::row::Row;
use super::tape::LONGEST;
use crate::source::Diagnostic;

/// A reader of lines.
pub(super) struct Lines<R> {
    reader: R,
    places: Places,
    /// The position of the next line in the file.
    at: u64,
    number: u64,
    line: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, at: u64, places: Places) -> Self {
        Self {
            reader,
            places,
            at,
            number: 0,
            line: Vec::new(),
            ended: false,
        }
    }

    /// Reads a line; none at the end.
    fn read(&mut self) -> Option<Result<Row, Diagnostic>> {
        self.line.clear();
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        let read = self
            .reader
            .by_ref()
            .take(most.saturating_add(1))
            .read_until(b'\n', &mut self.line);
        let start = self.at;
        let length = match read {
            Ok(0) => return None,
            Ok(length) => length,
            Err(error) => {
                self.ended = true;
                let what = format!("{} can't be read: {error}", self.places.name);
                return Some(Err(
                    Diagnostic::error("unreadable", what).at(self.places.named, "named here")
                ));
            }
        };
        self.at = self.at.saturating_add(u64::try_from(length).unwrap_or(0));
        let text = self.line.trim_ascii();
        if text.is_empty() {
            return self.read_again();
        }
        self.number = self.number.saturating_add(1);
        let (number, span) = (self.number, self.places.span(start, text.len()));
        if length > LONGEST {
            self.ended = true;
            let fault = self
                .places
                .fault("this row is longer than 1 MiB".to_owned(), number, span);
            return Some(Err(fault.help("an object stands on a line of its own")));
        }
        let fault = |what: String| self.places.fault(what, number, span);
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let byte = u64::try_from(error.valid_up_to()).unwrap_or(0);
                let byte = self.places.span(start.saturating_add(byte), 1);
                return Some(Err(self.places.other_encoding(byte)));
            }
        };
        Some(
            match serde_json::from_str::<Exact>(text).map(|exact| exact.0) {
                Ok(Value::Object(values)) => Ok(Row::of_values(values, span)),
                Ok(_) => Err(fault("this row is no object of JSON".to_owned())
                    .help("write `{\"id\": \"a-1\", \"serial\": 7}`, one a line")),
                Err(error) => {
                    let column = error.column().saturating_sub(1).min(text.len());
                    let exact = self
                        .places
                        .span(start.saturating_add(u64::try_from(column).unwrap_or(0)), 1);
                    let words = error.to_string();
                    let words = words.split(" at line ").next().unwrap_or_default();
                    let what = if error.is_data() {
                        format!("this row can't be taken as it is: {words}")
                    } else {
                        format!("this row is no JSON: {words}")
                    };
                    Err(self
                        .places
                        .fault(what, number, exact)
                        .help("write `{\"id\": \"a-1\", \"serial\": 7}`, one a line"))
                }
            },
        )
    }

    /// The next line that has something in it.
    fn read_again(&mut self) -> Option<Result<Row, Diagnostic>> {
        // A file of a million empty lines is read in a loop, not in as many calls.
        loop {
            self.line.clear();
            let here = self.reader.fill_buf().ok()?;
            let blank = here
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            if blank == 0 {
                return self.read();
            }
            self.reader.consume(blank);
            self.at = self.at.saturating_add(u64::try_from(blank).unwrap_or(0));
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended { None } else { self.read() }
    }
}
