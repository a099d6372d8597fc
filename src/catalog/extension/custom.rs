//! `custom`: any extension, its value given as DER.

use schemars::JsonSchema;
use serde::Deserialize;

use super::listed::invalid;
use super::written_name::render_rest;
use super::{ResolvedExtension, Value};
use crate::catalog::{Encoding, Oid};
use crate::source::{Diagnostic, Span, Spanned};
use crate::template::{Scope, Templated};

/// Any extension: `{ oid = "1.3.6.1.4.1.99999.1", critical = false, value = "hex:0500" }`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "a custom extension", deny_unknown_fields)]
#[schemars(rename = "CustomExtension")]
pub struct Custom {
    /// The extension's OID.
    oid: Spanned<Templated<Oid>>,
    /// Whether who does not know the extension must refuse the certificate; `false` if not said.
    critical: Option<Spanned<Templated<bool>>>,
    /// The DER of the extension's value: `hex:0500` or `base64:BQA=`.
    value: Spanned<Templated<String>>,
}

impl Custom {
    pub(super) fn resolve(
        &self,
        span: Span,
        scope: &Scope,
    ) -> Result<ResolvedExtension, Diagnostic> {
        let refuse = |why: String| invalid(why, &self.value);
        let raw = self.value.value.source();
        let (encoding, rest) = Encoding::split(raw).ok_or_else(|| {
            refuse("the value does not say its encoding".to_owned())
                .help("write `hex:…` or `base64:…`")
        })?;
        let octets = encoding
            .decode(&render_rest(&self.value, rest, scope)?)
            .map_err(refuse)?;
        let critical = match &self.critical {
            Some(critical) => critical.value.render(scope)?,
            None => false,
        };
        Ok(ResolvedExtension {
            oid: self.oid.value.render(scope)?.0,
            name: "custom",
            critical,
            critical_chosen: self.critical.is_some(),
            value: Value::Custom(octets),
            span,
            element_spans: Vec::new(),
        })
    }
}
