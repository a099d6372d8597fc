//! `crl_distribution_points`: where the issuer's CRLs are to be had (RFC 5280 §4.2.1.13).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};
use x509_cert::ext::pkix::name::GeneralName;

use super::authority_info_access::uri_name;
use super::kind::{self, Kind};
use super::listed::{Listed, Several, invalid, render_each, splice};
use super::resolve::{Parts, Written};
use super::{DistributionPoint, Reason, Value};
use crate::catalog::distinguished_name::resolve_dn;
use crate::catalog::suggest;
use crate::catalog::text_form::from_text;
use crate::source::{ByShape, Diagnostics, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{Scope, Templated};

/// Where the issuer's CRLs are to be had: URIs, or tables for the rest.
pub type CrlDistributionPoints = Listed<WrittenPoint>;

/// One place: a URI, or a table.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenPoint {
    /// A URI.
    Uri(Templated<String>),
    /// Anything else.
    Table(Box<PointTable>),
}

/// One CRL, and the places where it is to be had (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "a distribution point", default, deny_unknown_fields)]
#[schemars(rename = "DistributionPoint")]
pub struct PointTable {
    /// URIs of this CRL: one or several.
    uris: Option<Several<Templated<String>>>,
    /// The directory entry that holds this CRL, in the form of RFC 4514.
    dirname: Option<Spanned<String>>,
    /// The reasons for revocation that this CRL covers; all if not said.
    reasons: Vec<Spanned<Templated<Reason>>>,
    /// Who signs this CRL if not the certificate's issuer, in the form of RFC 4514.
    crl_issuer: Option<Spanned<String>>,
}

impl<'de> ByShape<'de> for WrittenPoint {
    const EXPECTING: &'static str = "a distribution point: a URI or a table";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(match shape {
            Shape::String => Some(Self::Uri(value.newtype_variant()?)),
            Shape::Table => Some(Self::Table(value.newtype_variant()?)),
            _ => None,
        })
    }
}

impl<'de> Deserialize<'de> for WrittenPoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl JsonSchema for WrittenPoint {
    fn schema_name() -> Cow<'static, str> {
        "WrittenDistributionPoint".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<PointTable>();
        json_schema!({
            "description": "Where a CRL is to be had: a URI, or a table.",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().0)
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.parts().0 == text)
            .ok_or_else(|| {
                let names = Self::ALL.iter().map(|reason| reason.parts().0);
                suggest::unknown(text, "reason for revocation", names)
            })
    }
}

from_text!(Reason);

impl Written for CrlDistributionPoints {
    const KIND: Kind = kind::CRL_DISTRIBUTION_POINTS;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut points = Vec::new();
        let mut spans = Vec::new();
        for written in &self.values {
            let resolved = match &written.value {
                WrittenPoint::Uri(uri) => uri_points(uri, written.span, scope, found),
                WrittenPoint::Table(table) => table
                    .resolve(written.span, scope, found)
                    .into_iter()
                    .collect(),
            };
            spans.extend(std::iter::repeat_n(written.span, resolved.len()));
            points.extend(resolved);
        }
        Some(Parts {
            value: Value::CrlDistributionPoints(points),
            spans,
        })
    }
}

/// Each URI is a distribution point of its own: a CRL of its own, for all reasons.
fn uri_points(
    uri: &Templated<String>,
    span: Span,
    scope: &Scope,
    found: &mut Diagnostics,
) -> Vec<DistributionPoint> {
    let uris = found
        .take(splice(uri.clone(), span, scope))
        .unwrap_or_default();
    let point = |name| DistributionPoint {
        names: vec![name],
        reasons: Vec::new(),
        crl_issuer: None,
    };
    uris.iter()
        .filter_map(|uri| found.take(uri_name(uri)).map(point))
        .collect()
}

impl PointTable {
    fn resolve(
        &self,
        span: Span,
        scope: &Scope,
        found: &mut Diagnostics,
    ) -> Option<DistributionPoint> {
        let mut names = Vec::new();
        let uris = self
            .uris
            .as_ref()
            .map(|uris| render_each(&uris.0, scope, found));
        for uri in uris.iter().flatten() {
            names.push(found.take(uri_name(uri))?);
        }
        if let Some(dirname) = &self.dirname {
            let name = found.take(resolve_dn(&dirname.value, dirname.span, scope))?;
            names.push(GeneralName::DirectoryName(name.to_name()));
        }
        let mut reasons = render_each(&self.reasons, scope, found);
        reasons.sort_by_key(|reason| reason.value);
        reasons.dedup();
        let crl_issuer = match &self.crl_issuer {
            Some(issuer) => Some(found.take(resolve_dn(&issuer.value, issuer.span, scope))?),
            None => None,
        };
        if names.is_empty() && crl_issuer.is_none() {
            let point = Spanned::new((), span);
            found.push(
                invalid(
                    "a distribution point has a place or an issuer, this one has neither",
                    &point,
                )
                .note("RFC 5280 §4.2.1.13")
                .help("write its `uris`"),
            );
            return None;
        }
        let reasons = reasons.into_iter().map(|reason| reason.value).collect();
        Some(DistributionPoint {
            names,
            reasons,
            crl_issuer,
        })
    }
}
