//! `key_usage`: what the key may be used for (RFC 5280 §4.2.1.3).

use super::kind::{self, Kind};
use super::listed::{Listed, render_each};
use super::resolve::{Parts, Written};
use super::{KeyUsageBit, Value};
use crate::source::{Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// What the key may be used for: a list of bits by their names, `["digital-signature", "key-encipherment"]`.
pub type KeyUsage = Listed<Templated<KeyUsageBit>>;

impl Written for KeyUsage {
    const KIND: Kind = kind::KEY_USAGE;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut bits = render_each(&self.values, scope, found);
        // The order of a BIT STRING is fixed, so that the order of writing changes nothing.
        bits.sort_by_key(|bit| bit.value);
        bits.dedup();
        let spans = bits.iter().map(|bit| bit.span).collect();
        let bits: Vec<_> = bits.into_iter().map(|bit| bit.value).collect();
        Some(Parts {
            value: Value::KeyUsage(bits),
            spans,
        })
    }
}
