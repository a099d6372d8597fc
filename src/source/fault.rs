//! One fault met in reading a tree, with the way to it, and how it becomes a diagnostic.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::{Diagnostic, Span, nearest};

/// A step down the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// One fault: what it is, where it is, and the way to it, the last step first.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) message: String,
    known: Option<(String, &'static [&'static str])>,
    pub(super) span: Option<Span>,
    pub(super) path: Vec<Step>,
}

impl Fault {
    pub(super) fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            known: None,
            span: None,
            path: Vec::new(),
        }
    }

    pub(super) fn within(mut self, step: Step, span: Span) -> Self {
        self.span.get_or_insert(span);
        self.path.push(step);
        self
    }

    pub(super) fn into_diagnostic(self, what: &str, root: Span) -> Diagnostic {
        let span = self.span.unwrap_or(root);
        // Of an unknown key the path ends at the key: the table is the step above.
        let table = self
            .path
            .iter()
            .skip(usize::from(self.code == "unknown-key"))
            .find_map(|step| {
                if let Step::Key(key) = step {
                    Some(format!("`{key}`"))
                } else {
                    None
                }
            })
            .unwrap_or_else(|| what.to_owned());
        let message = match (self.code, &self.known) {
            ("unknown-key", Some((key, _))) => format!("`{key}` is no key of {table}"),
            ("missing-key", _) => format!("{table} lacks its `{}`", self.message),
            _ => self.message,
        };
        let diagnostic = Diagnostic::error(self.code, message);
        match self.known {
            Some((written, known)) => match nearest(&written, known.iter().copied()) {
                Some(near) => diagnostic.at(span, format!("did you mean `{near}`?")),
                None => diagnostic
                    .at(span, "unknown")
                    .help(format!("known are: {}", known.join(", "))),
            },
            None if self.code == "wrong-type" => diagnostic.at(span, "wrong type"),
            None => diagnostic.at(span, ""),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new("invalid-value", message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let wanted = wanted(expected);
        let is_number = matches!(
            found,
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
        );
        let hint = if is_number && wanted == "a string" {
            ": put it in quotes"
        } else {
            ""
        };
        Self::new(
            "wrong-type",
            format!("{} stands where {wanted} belongs{hint}", noun(found)),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            "invalid-value",
            format!("{} stands where {} belongs", noun(found), wanted(expected)),
        )
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let mut fault = Self::new("unknown-key", format!("`{field}` is unknown"));
        fault.known = Some((field.to_owned(), known));
        fault
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let mut fault = Self::new(
            "invalid-value",
            format!("`{variant}` is none of the known values"),
        );
        fault.known = Some((variant.to_owned(), known));
        fault
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("missing-key", field.to_owned())
    }
}

/// What was found, in TOML's words.
fn noun(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(value) => format!("the string {value:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What should stand there, in TOML's words: serde calls numbers by Rust's types.
fn wanted(expected: &dyn Expected) -> String {
    let most = match expected.to_string().as_str() {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        "u64" | "usize" => u64::MAX,
        "a sequence" => return "a list".to_owned(),
        "a map" => return "a table".to_owned(),
        other => return other.replace("a boolean", "`true` or `false`"),
    };
    format!("a whole number from 0 to {most}")
}
