//! One row: its fields by the names of their columns, and its place.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::source::Span;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    fields: Fields,
    span: Span,
}

#[derive(Clone, Debug)]
enum Fields {
    /// Of a CSV file: texts.
    Texts(Arc<[String]>, csv::StringRecord),
    /// Of JSON Lines and of databases: values.
    Values(Map<String, Value>),
}

/// A field as its source has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// A text.
    Text(&'a str),
    /// A value of JSON.
    Value(&'a Value),
}

impl Row {
    pub(super) fn of_texts(columns: &Arc<[String]>, fields: csv::StringRecord, span: Span) -> Self {
        Self {
            fields: Fields::Texts(Arc::clone(columns), fields),
            span,
        }
    }

    pub(super) fn of_values(values: Map<String, Value>, span: Span) -> Self {
        Self {
            fields: Fields::Values(values),
            span,
        }
    }

    /// The field of a column as text; none where there is no such column, or it holds nothing or no single value.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<Cow<'_, str>> {
        match &self.fields {
            Fields::Texts(columns, fields) => {
                let place = columns.iter().position(|name| name == column)?;
                fields.get(place).map(Cow::Borrowed)
            }
            Fields::Values(values) => match values.get(column)? {
                Value::String(text) => Some(Cow::Borrowed(text)),
                Value::Number(number) => Some(Cow::Owned(number.to_string())),
                Value::Bool(flag) => Some(Cow::Owned(flag.to_string())),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
        }
    }

    /// Columns and their fields.
    pub fn fields(&self) -> Box<dyn Iterator<Item = (&str, Field<'_>)> + '_> {
        match &self.fields {
            Fields::Texts(columns, fields) => {
                let columns = columns.iter().map(String::as_str);
                Box::new(columns.zip(fields.iter().map(Field::Text)))
            }
            Fields::Values(values) => Box::new(
                values
                    .iter()
                    .map(|(name, value)| (name.as_str(), Field::Value(value))),
            ),
        }
    }

    /// Where the row stands; of a row that stands in no file, where its source is named.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }
}
