//! The rows of a query on a SQLite database, which is only read.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

use super::file::BoxedRows;
use super::places::Places;
use super::row::Row;
use crate::source::{Diagnostic, Span};

/// How long another program may hold the database before that is an error.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many rows are read ahead.
const AHEAD: usize = 1024;

/// A query on a database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) path: Utf8PathBuf,
    pub(super) query: String,
    pub(super) places: Places,
    /// Where the database is named; the query is at its rows' place.
    pub(super) named: Span,
}

type Read = Result<Map<String, Value>, String>;

impl Database {
    pub(super) fn open(&self) -> Result<BoxedRows, Diagnostic> {
        let places = self.places.clone();
        let rows = (1_u64..)
            .zip(self.start()?)
            .map(move |(number, row)| match row {
                Ok(values) => Ok(Row::of_values(values, places.named)),
                Err(what) => Err(places.fault(what, number, places.named)),
            });
        Ok(Box::new(rows))
    }

    pub(super) fn content_key(&self) -> Result<[u8; 32], Diagnostic> {
        let mut hash = Sha256::new();
        for row in self.start()? {
            hash.update(format!("{row:?}\n"));
        }
        Ok(hash.finalize().into())
    }

    /// Begins the query, in a thread of its own: its rows borrow from the connection.
    fn start(&self) -> Result<Receiver<Read>, Diagnostic> {
        let fault = |error: &rusqlite::Error| self.fault(error);
        if !self.path.exists() {
            let what = format!("there is no file `{}`", self.path);
            return Err(Diagnostic::error("unreadable", what)
                .at(self.named, "named here")
                .help("its path is relative to the spec"));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(&self.path, flags)
            .map_err(|error| self.fault_at(self.named, &error))?;
        database
            .busy_timeout(PATIENCE)
            .map_err(|error| fault(&error))?;
        // What is wrong with the query is said before a row is asked for.
        let statement = database
            .prepare(&self.query)
            .map_err(|error| fault(&error))?;
        if !statement.readonly() || statement.column_count() == 0 {
            return Err(
                Diagnostic::error("rows", "the query gives no rows".to_owned())
                    .at(self.places.named, "named here")
                    .help("write a SELECT: its columns are `{{ item.column }}`"),
            );
        }
        drop(statement);
        let (sender, receiver) = sync_channel(AHEAD);
        let query = self.query.clone();
        thread::spawn(move || {
            let ended = read(&database, &query, |row| sender.send(row).is_ok());
            if let Err(error) = ended {
                let _ = sender.send(Err(words(&error)));
            }
        });
        Ok(receiver)
    }

    fn fault(&self, error: &rusqlite::Error) -> Diagnostic {
        let is_querys = matches!(error.sqlite_error_code(), None | Some(ErrorCode::Unknown));
        let at = if is_querys {
            self.places.named
        } else {
            self.named
        };
        self.fault_at(at, error)
    }

    fn fault_at(&self, at: Span, error: &rusqlite::Error) -> Diagnostic {
        Diagnostic::error("rows", format!("{}: {}", self.places.name, words(error)))
            .at(at, "named here")
            .help(match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    "close the program that holds it"
                }
                Some(ErrorCode::NotADatabase) => "name a SQLite database",
                _ => "try the query with `sqlite3 FILE`",
            })
    }
}

fn words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds the database".to_owned()
        }
        Some(ErrorCode::NotADatabase) => "it is no SQLite database".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads the rows of a query until there are no more, or nobody wants one.
fn read(
    database: &Connection,
    query: &str,
    mut give: impl FnMut(Read) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = database.prepare(query)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut values = Map::new();
        let mut wrong = None;
        for (index, column) in columns.iter().enumerate() {
            let value = match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::from(number),
                ValueRef::Real(number) => {
                    Number::from_f64(number).map_or(Value::Null, Value::Number)
                }
                ValueRef::Text(text) => {
                    if let Ok(text) = std::str::from_utf8(text) {
                        Value::from(text)
                    } else {
                        wrong.get_or_insert_with(|| format!("the column `{column}` is not UTF-8"));
                        Value::Null
                    }
                }
                // As DER of a key or a request comes.
                ValueRef::Blob(octets) => Value::from(data_encoding::BASE64.encode(octets)),
            };
            values.insert(column.clone(), value);
        }
        if !give(wrong.map_or(Ok(values), Err)) {
            break;
        }
    }
    Ok(())
}
