//! Rows from which fleets are made: of files, databases and commands, one after another, never all in memory.

mod command;
mod csv_file;
mod database;
mod file;
mod json_lines;
mod json_value;
mod places;
mod row;
mod rows_source;
mod tape;
#[cfg(test)]
mod tests;

pub use command::RowCommand;
pub use file::RowFormat;
pub use row::{Field, Row};
pub use rows_source::{RowSource, Rows};
