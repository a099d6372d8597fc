//! `extended_key_usage`: the purposes that the certificate may serve (RFC 5280 §4.2.1.12).

use super::kind::{self, Kind};
use super::listed::{Listed, render_each};
use super::resolve::{Parts, Written};
use super::{Purpose, Value};
use crate::source::{Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// The purposes that the certificate may serve: a list of names (`server-auth`) and OIDs.
pub type ExtendedKeyUsage = Listed<Templated<Purpose>>;

impl Written for ExtendedKeyUsage {
    const KIND: Kind = kind::EXTENDED_KEY_USAGE;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut purposes: Vec<Spanned<Purpose>> = Vec::new();
        for purpose in render_each(&self.values, scope, found) {
            if !purposes.contains(&purpose) {
                purposes.push(purpose);
            }
        }
        let spans = purposes.iter().map(|purpose| purpose.span).collect();
        let purposes: Vec<_> = purposes
            .into_iter()
            .map(|purpose| purpose.value.0)
            .collect();
        Some(Parts {
            value: Value::ExtendedKeyUsage(purposes),
            spans,
        })
    }
}
