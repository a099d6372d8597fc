//! `subject_alt_name`: the names that the certificate is for (RFC 5280 §4.2.1.6).

use super::kind::{self, Kind};
use super::listed::Listed;
use super::resolve::{Parts, Written};
use super::written_name::WrittenName;
use super::{San, Value};
use crate::source::{Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// The names that the certificate is for: strings whose form or prefix says what they are, and tables for the rest.
pub type SubjectAltName = Listed<WrittenName>;

impl Written for SubjectAltName {
    const KIND: Kind = kind::SUBJECT_ALT_NAME;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut names: Vec<San> = Vec::new();
        for written in &self.values {
            for name in found
                .take(written.value.resolve(written.span, scope))
                .into_iter()
                .flatten()
            {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let spans = names.iter().map(|name| name.span).collect();
        Some(Parts {
            value: Value::SubjectAltName(names),
            spans,
        })
    }
}
