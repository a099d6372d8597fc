//! Where a secret is got: a spec names `env:`, `file:` or `command:`, and holds none itself.

use std::fmt;

use camino::Utf8PathBuf;

use crate::source::Span;

/// A secret's source, resolved; the secret itself is read only when a plan is carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretRef {
    /// Where to get it.
    pub from: Option<SecretSource>,
    /// What to use where the source has none. It is no secret: it stands in the spec.
    pub insecure_default: Option<String>,
    /// Where it is said.
    pub span: Span,
}

/// A place that may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A variable of the process's environment.
    Env(String),
    /// A file, relative to the spec; one newline at its end is no part of the secret.
    File(Utf8PathBuf),
    /// A program and its arguments, run without a shell; its output less one newline.
    Command(Vec<String>),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Command(words) => write!(f, "command:{}", words.join(" ")),
        }
    }
}
