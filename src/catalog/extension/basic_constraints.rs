//! `basic_constraints`: whether the certificate is a CA's, and how deep below it CAs may stand (RFC 5280 §4.2.1.9).

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::{self, Kind};
use super::listed::invalid;
use super::resolve::{Parts, Written};
use super::{Setting, Value};
use crate::source::{Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// Whether the certificate is a CA's, and how deep below it CAs may stand (RFC 5280 §4.2.1.9). Critical unless said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "basic_constraints", default, deny_unknown_fields)]
#[schemars(rename = "BasicConstraints")]
pub struct BasicConstraints {
    /// Whether it is a CA; `false` if not said.
    pub ca: Option<Spanned<Templated<bool>>>,
    /// How many intermediate CAs may stand below it, 0 to 255; `false` for no limit.
    pub path_length: Option<Setting<Templated<u32>>>,
    /// Whether who does not know the extension must refuse the certificate.
    pub critical: Option<Spanned<Templated<bool>>>,
}

impl Written for BasicConstraints {
    const KIND: Kind = kind::BASIC_CONSTRAINTS;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let ca = match &self.ca {
            Some(ca) => found.take(ca.value.render(scope))?,
            None => false,
        };
        let path_length = match self.path_length.as_ref().and_then(Setting::set) {
            Some(length) => {
                let number = found.take(length.value.render(scope))?;
                let number = u8::try_from(number)
                    .map_err(|_| invalid(format!("a path length of {number} is over 255"), length));
                Some(found.take(number)?)
            }
            None => None,
        };
        Some(Parts::whole(Value::BasicConstraints { ca, path_length }))
    }
}
