//! A general name as a spec writes it: a string known by its prefix or its form, or a table.

use std::borrow::Cow;
use std::net::IpAddr;

use der::Any;
use der::Decode;
use der::asn1::{Ia5String, OctetString, Utf8StringRef};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, VariantAccess};
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

use super::San;
use super::listed::splice;
use crate::catalog::distinguished_name::resolve_dn;
use crate::catalog::{Encoding, Oid};
use crate::source::{ByShape, Diagnostic, Shape, Span, Spanned, deserialize_by_shape};
use crate::template::{Scope, Templated};

/// A name: `"www.example.com"`, `"10.0.0.1"`, `"uri:spiffe://example.com/www"`, or a table such as `{ dirname = "CN=www" }`.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenName {
    /// A string; its prefix, else its form, says what it is.
    Text(Templated<String>),
    /// A table with one key, which says what it is.
    Table(Box<NameTable>),
}

/// A name by its kind; one key.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "a name", default, deny_unknown_fields)]
#[schemars(rename = "GeneralName")]
pub struct NameTable {
    /// A DNS name; one that is not ASCII is written in its `xn--` form.
    dns: Option<Spanned<Templated<String>>>,
    /// An IPv4 or IPv6 address.
    ip: Option<Spanned<Templated<String>>>,
    /// A mail address.
    email: Option<Spanned<Templated<String>>>,
    /// A URI.
    uri: Option<Spanned<Templated<String>>>,
    /// A directory name in the form of RFC 4514: `CN=www,O=Example`.
    dirname: Option<Spanned<String>>,
    /// An otherName: a type's OID and a value.
    other_name: Option<OtherNameTable>,
    /// An object identifier that is registered to the subject.
    registered_id: Option<Spanned<Templated<Oid>>>,
}

/// An otherName (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(rename = "other_name", deny_unknown_fields)]
#[schemars(rename = "OtherName")]
pub struct OtherNameTable {
    /// The OID of the name's type.
    oid: Spanned<Templated<Oid>>,
    /// The value: a text (a `UTF8String`; `ia5:…` for an `IA5String`), or its DER as `hex:…` or `base64:…`.
    value: Spanned<Templated<String>>,
}

impl<'de> ByShape<'de> for WrittenName {
    const EXPECTING: &'static str =
        "a name: a string, or a table such as `{ dirname = \"CN=www\" }`";

    fn read<V: VariantAccess<'de>>(shape: Shape, value: V) -> Result<Option<Self>, V::Error> {
        Ok(match shape {
            Shape::String => Some(Self::Text(value.newtype_variant()?)),
            Shape::Table => Some(Self::Table(value.newtype_variant()?)),
            _ => None,
        })
    }
}

impl<'de> Deserialize<'de> for WrittenName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_by_shape(deserializer)
    }
}

impl JsonSchema for WrittenName {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<NameTable>();
        json_schema!({
            "description": "A name: its prefix (`dns:`, `ip:`, `email:`, `uri:`, `dirname:`, `registered-id:`), else its form, says what it is.",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}

/// What a string's prefix can say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    Dns,
    Ip,
    Email,
    Uri,
    Dirname,
    RegisteredId,
}

const PREFIXES: [(&str, NameKind); 6] = [
    ("dns:", NameKind::Dns),
    ("ip:", NameKind::Ip),
    ("email:", NameKind::Email),
    ("uri:", NameKind::Uri),
    ("dirname:", NameKind::Dirname),
    ("registered-id:", NameKind::RegisteredId),
];

impl WrittenName {
    /// The names that this one yields: a template that is a list yields several.
    pub(super) fn resolve(&self, span: Span, scope: &Scope) -> Result<Vec<San>, Diagnostic> {
        match self {
            Self::Text(text) => resolve_text(text, span, scope),
            Self::Table(table) => table
                .resolve(span, scope)
                .map(|name| vec![San { name, span }]),
        }
    }
}

fn resolve_text(
    text: &Templated<String>,
    span: Span,
    scope: &Scope,
) -> Result<Vec<San>, Diagnostic> {
    // The prefix is the spec's own, so it is taken off before anything is rendered.
    let raw = text.source();
    let Some((kind, rest)) = split_prefix(raw) else {
        return match text {
            Templated::Fixed(text) => by_form(text, span).map(|name| vec![San { name, span }]),
            Templated::Template(_) => splice(text.clone(), span, scope)?
                .iter()
                .map(|text| rendered(text, span))
                .collect(),
        };
    };
    if kind == NameKind::Dirname {
        let name = resolve_dn(rest, rest_span(raw, rest, span), scope)?.to_name();
        return Ok(vec![San {
            name: GeneralName::DirectoryName(name),
            span,
        }]);
    }
    let texts = match text {
        Templated::Fixed(_) => vec![Spanned::new(rest.to_owned(), span)],
        Templated::Template(_) => {
            let inner = rest_span(raw, rest, span);
            splice(Templated::from_part_at(rest, inner), inner, scope)?
        }
    };
    texts
        .iter()
        .map(|text| {
            Ok(San {
                name: of_kind(kind, text, span)?,
                span,
            })
        })
        .collect()
}

/// A rendered value has no say over its kind but by its form.
fn rendered(text: &Spanned<String>, span: Span) -> Result<San, Diagnostic> {
    if let Some((_, rest)) = split_prefix(text) {
        let prefix = text.strip_suffix(rest).unwrap_or_default();
        return Err(Diagnostic::error(
            "invalid-name",
            format!(
                "the value of a template cannot bring the prefix `{prefix}` of `{}`",
                text.value
            ),
        )
        .at(span, "")
        .help(format!(
            "write the prefix in the spec: `\"{prefix}{{{{ … }}}}\"`"
        )));
    }
    by_form(text, span).map(|name| San { name, span })
}

fn split_prefix(text: &str) -> Option<(NameKind, &str)> {
    PREFIXES
        .iter()
        .find_map(|(prefix, kind)| text.strip_prefix(prefix).map(|rest| (*kind, rest)))
}

/// The span of what follows a prefix.
fn rest_span(raw: &str, rest: &str, span: Span) -> Span {
    span.part(raw, raw.len().saturating_sub(rest.len())..raw.len())
}

/// An address is an IP, what has a scheme a URI, what has an `@` a mail address, all else a DNS name.
fn by_form(text: &str, span: Span) -> Result<GeneralName, Diagnostic> {
    let kind = if text.parse::<IpAddr>().is_ok() {
        NameKind::Ip
    } else if has_scheme(text) {
        NameKind::Uri
    } else if text.contains('@') {
        NameKind::Email
    } else {
        NameKind::Dns
    };
    of_kind(kind, &Spanned::new(text.to_owned(), span), span)
}

/// Whether a text begins with a URI's scheme (RFC 3986 §3.1).
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// A text as the name of a kind.
pub(super) fn of_kind(
    kind: NameKind,
    text: &Spanned<String>,
    span: Span,
) -> Result<GeneralName, Diagnostic> {
    let error = |message: String| Diagnostic::error("invalid-name", message).at(span, "");
    if text.is_empty() {
        return Err(error("the name is empty".to_owned()).help("leave it out, or give it a value"));
    }
    let ascii = |what: &str, help: &str| {
        Ia5String::new(&text.value).map_err(|_| {
            error(format!(
                "`{}` is not ASCII, and a {what} must be",
                text.value
            ))
            .help(help)
        })
    };
    Ok(match kind {
        NameKind::Dns => GeneralName::DnsName(ascii(
            "DNS name",
            "write its ASCII form, each label that is not ASCII as `xn--…` (RFC 5280 §7.2)",
        )?),
        NameKind::Email => GeneralName::Rfc822Name(ascii(
            "mail address",
            "write its domain as `xn--…`; a local part that is not ASCII is an `other_name` of type 1.3.6.1.5.5.7.8.9 (RFC 9598)",
        )?),
        NameKind::Uri => GeneralName::UniformResourceIdentifier(ascii(
            "URI",
            "write its host as `xn--…`, and encode the rest with `%` (RFC 5280 §7.4)",
        )?),
        NameKind::Ip => {
            let address = text.parse::<IpAddr>().map_err(|_| {
                error(format!("`{}` is no IP address", text.value)).help(
                    "an address is written `10.0.0.1` or `2001:db8::1`, without a prefix's length",
                )
            })?;
            GeneralName::IpAddress(octet_string(&octets(address), span)?)
        }
        NameKind::RegisteredId => GeneralName::RegisteredId(text.parse::<Oid>().map_err(error)?.0),
        NameKind::Dirname => {
            return Err(error(
                "a directory name is parsed before it is rendered".to_owned(),
            ));
        }
    })
}

/// The octets of an address: 4 or 16.
pub(super) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

pub(super) fn octet_string(octets: &[u8], span: Span) -> Result<OctetString, Diagnostic> {
    OctetString::new(octets)
        .map_err(|error| Diagnostic::error("invalid-value", error.to_string()).at(span, ""))
}

impl NameTable {
    fn resolve(&self, span: Span, scope: &Scope) -> Result<GeneralName, Diagnostic> {
        let text = |kind, text: &Spanned<Templated<String>>| {
            of_kind(
                kind,
                &Spanned::new(text.value.render(scope)?, text.span),
                text.span,
            )
        };
        let mut names = Vec::new();
        names.extend(self.dns.iter().map(|dns| text(NameKind::Dns, dns)));
        names.extend(self.ip.iter().map(|ip| text(NameKind::Ip, ip)));
        names.extend(self.email.iter().map(|email| text(NameKind::Email, email)));
        names.extend(self.uri.iter().map(|uri| text(NameKind::Uri, uri)));
        names.extend(self.dirname.iter().map(|name| {
            Ok(GeneralName::DirectoryName(
                resolve_dn(&name.value, name.span, scope)?.to_name(),
            ))
        }));
        names.extend(self.other_name.iter().map(|other| other.resolve(scope)));
        names.extend(
            self.registered_id
                .iter()
                .map(|oid| Ok(GeneralName::RegisteredId(oid.value.render(scope)?.0))),
        );
        let count = names.len();
        match names.pop() {
            Some(name) if count == 1 => name,
            _ => Err(Diagnostic::error(
                "invalid-name",
                format!("a name's table has one key, and this one has {count}"),
            )
            .at(span, "")
            .help("write one of `dns`, `ip`, `email`, `uri`, `dirname`, `other_name` and `registered_id`")),
        }
    }
}

impl OtherNameTable {
    fn resolve(&self, scope: &Scope) -> Result<GeneralName, Diagnostic> {
        let type_id = self.oid.value.render(scope)?.0;
        let span = self.value.span;
        let error = |message: String| Diagnostic::error("invalid-name", message).at(span, "");
        let raw = self.value.value.source();
        let encoding = Encoding::split(raw);
        let ia5 = raw.strip_prefix("ia5:");
        let rest = encoding
            .map(|(_, rest)| rest)
            .or(ia5)
            .or(raw.strip_prefix("utf8:"))
            .unwrap_or(raw);
        let text = render_rest(&self.value, rest, scope)?;
        let value = match (encoding, ia5) {
            (Some((encoding, _)), _) => {
                let der = encoding.decode(&text).map_err(error)?;
                Any::from_der(&der)
                    .map_err(|_| error("the octets are not the DER of one value".to_owned()))
            }
            (None, Some(_)) => {
                let text =
                    Ia5String::new(&text).map_err(|_| error(format!("`{text}` is not ASCII")))?;
                Any::encode_from(&text).map_err(|why| error(why.to_string()))
            }
            (None, None) => Utf8StringRef::new(&text)
                .and_then(|text| Any::encode_from(&text))
                .map_err(|why| error(why.to_string())),
        };
        Ok(GeneralName::OtherName(OtherName {
            type_id,
            value: value?,
        }))
    }
}

/// Renders what follows a prefix that the spec wrote.
pub(super) fn render_rest(
    written: &Spanned<Templated<String>>,
    rest: &str,
    scope: &Scope,
) -> Result<String, Diagnostic> {
    match &written.value {
        Templated::Fixed(_) => Ok(rest.to_owned()),
        Templated::Template(_) => {
            let span = rest_span(written.value.source(), rest, written.span);
            Templated::from_text_at(rest, span).render(scope)
        }
    }
}
