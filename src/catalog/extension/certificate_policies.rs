//! `certificate_policies`: under which policies the certificate is issued (RFC 5280 §4.2.1.4).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};

use super::kind::{self, Kind};
use super::listed::{Listed, Several, invalid, render_each, splice};
use super::resolve::{Parts, Written};
use super::{Policy, UserNotice, Value};
use crate::catalog::Oid;
use crate::catalog::text_form::text_form;
use crate::source::{ByShape, Diagnostic, Diagnostics, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{FromText, Scope, Templated};

/// The policies under which the certificate is issued: OIDs, or tables with qualifiers.
pub type CertificatePolicies = Listed<WrittenPolicy>;

/// One policy: its OID (or `any-policy`), alone or in a table with its qualifiers.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenPolicy {
    /// The OID alone.
    Id(Templated<PolicyId>),
    /// With qualifiers.
    Table(Box<PolicyTable>),
}

/// A policy's OID, or `any-policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyId(Oid);

/// anyPolicy (RFC 5280 §4.2.1.4).
const ANY_POLICY: &str = "2.5.29.32.0";

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PolicyId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "any-policy" {
            ANY_POLICY.parse()
        } else {
            text.parse()
        }
        .map(Self)
    }
}

text_form!(
    PolicyId,
    json_schema!({
        "description": "A policy's OID in dots, or `any-policy`.",
        "type": "string",
        "pattern": r"^([0-2](\.[0-9]+)+|any-policy)$",
    })
);

/// A policy with its qualifiers (RFC 5280 §4.2.1.4).
#[derive(Clone, Debug, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "a policy", deny_unknown_fields)]
#[schemars(rename = "Policy")]
pub struct PolicyTable {
    /// The policy's OID, or `any-policy`.
    oid: Spanned<Templated<PolicyId>>,
    /// Where the certification practice statement is published: a URI or several.
    cps: Option<Several<Templated<String>>>,
    /// Notices to show to who relies on the certificate: a text, a table, or several.
    user_notice: Option<Several<WrittenNotice>>,
}

/// A notice: its text, or a table.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenNotice {
    /// The text alone.
    Text(Templated<String>),
    /// Text, reference or both.
    Table(Box<NoticeTable>),
}

/// A notice to show (RFC 5280 §4.2.1.4).
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "a notice", default, deny_unknown_fields)]
#[schemars(rename = "UserNotice")]
pub struct NoticeTable {
    /// The text, at most 200 characters.
    text: Option<Spanned<Templated<String>>>,
    /// The organization that publishes numbered notices.
    organization: Option<Spanned<Templated<String>>>,
    /// The numbers of its notices.
    numbers: Vec<Spanned<Templated<u32>>>,
}

macro_rules! text_or_table {
    ($type:ident, $text:ident: $inner:ty, $table:ty, $expecting:literal, $description:literal) => {
        impl<'de> ByShape<'de> for $type {
            const EXPECTING: &'static str = $expecting;

            fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
                Ok(match shape {
                    Shape::String => Some(Self::$text(value.newtype_variant()?)),
                    Shape::Table => Some(Self::Table(value.newtype_variant()?)),
                    _ => None,
                })
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_by_shape(deserializer)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let text = generator.subschema_for::<$inner>();
                let table = generator.subschema_for::<$table>();
                json_schema!({ "description": $description, "anyOf": [text, table] })
            }
        }
    };
}

text_or_table!(
    WrittenPolicy, Id: Templated<PolicyId>, PolicyTable,
    "a policy: an OID or a table", "A policy: its OID, or a table with its qualifiers."
);
text_or_table!(
    WrittenNotice, Text: Templated<String>, NoticeTable,
    "a notice: a text or a table", "A notice: its text, or a table."
);

impl Written for CertificatePolicies {
    const KIND: Kind = kind::CERTIFICATE_POLICIES;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut policies: Vec<Policy> = Vec::new();
        let mut spans = Vec::new();
        for written in &self.values {
            for policy in found
                .take(written.value.resolve(written.span, scope))
                .into_iter()
                .flatten()
            {
                policies.push(policy);
                spans.push(written.span);
            }
        }
        Some(Parts {
            value: Value::CertificatePolicies(policies),
            spans,
        })
    }
}

impl WrittenPolicy {
    fn resolve(&self, span: Span, scope: &Scope) -> Result<Vec<Policy>, Diagnostic> {
        let bare = |id: PolicyId| Policy {
            oid: id.0.0,
            cps: Vec::new(),
            user_notices: Vec::new(),
        };
        match self {
            Self::Id(Templated::Fixed(id)) => Ok(vec![bare(*id)]),
            Self::Id(Templated::Template(template)) => {
                splice(Templated::Template(template.clone()), span, scope)?
                    .iter()
                    .map(|text| {
                        PolicyId::from_text(text)
                            .map(bare)
                            .map_err(|why| invalid(why, text))
                    })
                    .collect()
            }
            Self::Table(table) => table.resolve(scope).map(|policy| vec![policy]),
        }
    }
}

impl PolicyTable {
    fn resolve(&self, scope: &Scope) -> Result<Policy, Diagnostic> {
        let mut found = Diagnostics::new();
        let cps = self
            .cps
            .as_ref()
            .map(|cps| render_each(&cps.0, scope, &mut found));
        let mut uris = Vec::new();
        for uri in cps.into_iter().flatten() {
            if !uri.is_ascii() || uri.is_empty() {
                return Err(invalid(format!("`{}` is no URI in ASCII", uri.value), &uri));
            }
            uris.push(uri.value);
        }
        if let Some(first) = found.into_iter().next() {
            return Err(first);
        }
        let notices = self.user_notice.iter().flat_map(|notices| &notices.0);
        Ok(Policy {
            oid: self.oid.value.render(scope)?.0.0,
            cps: uris,
            user_notices: notices
                .map(|notice| resolve_notice(notice, scope))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn resolve_notice(
    written: &Spanned<WrittenNotice>,
    scope: &Scope,
) -> Result<UserNotice, Diagnostic> {
    let table = match &written.value {
        WrittenNotice::Text(text) => {
            let text = text.render(scope)?;
            return Ok(UserNotice {
                text: Some(text),
                reference: None,
            });
        }
        WrittenNotice::Table(table) => table,
    };
    let text = table
        .text
        .as_ref()
        .map(|text| text.value.render(scope))
        .transpose()?;
    let numbers: Vec<u32> = table
        .numbers
        .iter()
        .map(|number| number.value.render(scope))
        .collect::<Result<_, _>>()?;
    let reference = match &table.organization {
        Some(organization) => Some((organization.value.render(scope)?, numbers)),
        None if numbers.is_empty() => None,
        None => {
            return Err(invalid(
                "numbered notices need the `organization` that has them",
                written,
            ));
        }
    };
    if text.is_none() && reference.is_none() {
        return Err(invalid("the notice says nothing", written).help("write its `text`"));
    }
    Ok(UserNotice { text, reference })
}
