//! `pack`: a fleet whose members lie in one file instead of a folder each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PackFormat {
    /// A SQLite database: a row for each entity.
    Sqlite,
}

impl PackFormat {
    /// Its name in a spec, which is its file's extension too.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
        }
    }
}
