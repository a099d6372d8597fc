//! A source of rows that may be opened again and again, and the rows that it gives.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::command::RowCommand;
use super::database::Database;
use super::file::{RowFile, RowFormat, open};
use super::places::Places;
use super::row::Row;
use crate::source::{Diagnostic, SourceMap, Span};

/// The most bad rows that are named: of a file that is wrong throughout, the first ones tell.
const MOST_BAD: usize = 20;

/// Where rows come from. A clone is cheap.
#[derive(Clone, Debug)]
pub struct RowSource(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    File(RowFile),
    Database(Database),
    Command(RowCommand),
}

impl RowSource {
    /// The rows of a file; the map learns where its text is found.
    ///
    /// # Errors
    /// It can't be opened.
    pub(in crate::source) fn of_file(
        path: &Utf8Path,
        format: RowFormat,
        named: Span,
        map: &mut SourceMap,
    ) -> Result<Self, Diagnostic> {
        let length = open(path, named)?
            .metadata()
            .map_or(0, |metadata| metadata.len());
        let base = u32::try_from(length)
            .ok()
            .and_then(|length| map.add_file(path.to_owned(), length));
        let places = Places {
            name: format!("`{}`", path.file_name().unwrap_or_default()),
            base,
            named,
        };
        Ok(Self(Arc::new(Kind::File(RowFile {
            path: path.to_owned(),
            format,
            places,
        }))))
    }

    /// The rows of a query on a SQLite database.
    pub(in crate::source) fn of_query(
        path: Utf8PathBuf,
        named: Span,
        query: String,
        queried: Span,
    ) -> Self {
        let places = Places {
            name: format!("the query on `{path}`"),
            base: None,
            named: queried,
        };
        Self(Arc::new(Kind::Database(Database {
            path,
            query,
            places,
            named,
        })))
    }

    /// The rows that a command printed.
    pub(in crate::source) fn of_command(command: RowCommand) -> Self {
        Self(Arc::new(Kind::Command(command)))
    }

    /// Begins with the first row.
    ///
    /// # Errors
    /// The source can't be read, or has no columns.
    pub fn open(&self) -> Result<Rows, Diagnostic> {
        let rows = match &*self.0 {
            Kind::File(file) => file.open()?,
            Kind::Database(database) => database.open()?,
            Kind::Command(command) => command.open()?,
        };
        Ok(Rows {
            inner: rows,
            bad: 0,
            most_bad: MOST_BAD,
        })
    }

    /// SHA-256 over what the rows are made from.
    ///
    /// # Errors
    /// The source can't be read.
    pub fn content_key(&self) -> Result<[u8; 32], Diagnostic> {
        match &*self.0 {
            Kind::File(file) => file.content_key(),
            Kind::Database(database) => database.content_key(),
            Kind::Command(command) => command.content_key(),
        }
    }
}

/// The rows of a source, in its order; they end after so many bad ones that it is wrong throughout.
pub struct Rows {
    inner: Box<dyn Iterator<Item = Result<Row, Diagnostic>> + Send>,
    bad: usize,
    most_bad: usize,
}

impl Rows {
    /// The same to their very end, however many are bad.
    #[must_use]
    pub fn all(self) -> Self {
        Self {
            most_bad: usize::MAX,
            ..self
        }
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("bad", &self.bad)
            .finish_non_exhaustive()
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bad >= self.most_bad {
            return None;
        }
        let row = self.inner.next()?;
        self.bad += usize::from(row.is_err());
        Some(row)
    }
}
