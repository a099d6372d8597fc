//! `name_constraints`: the names that certificates below a CA may and may not bear (RFC 5280 §4.2.1.10).

use std::net::IpAddr;

use der::asn1::Ia5String;
use schemars::JsonSchema;
use serde::Deserialize;
use x509_cert::ext::pkix::name::GeneralName;

use super::kind::{self, Kind};
use super::listed::render_each;
use super::resolve::{Parts, Written};
use super::written_name::{octet_string, octets};
use super::{Subtree, Value};
use crate::catalog::distinguished_name::resolve_dn;
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// The names that certificates below this CA may and may not bear (RFC 5280 §4.2.1.10). Critical unless said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "name_constraints", default, deny_unknown_fields)]
#[schemars(rename = "NameConstraints")]
pub struct NameConstraints {
    /// Of each kind that stands here, only these names.
    permitted: Option<SubtreeTable>,
    /// None of these names, permitted or not.
    excluded: Option<SubtreeTable>,
    /// Whether who does not know the extension must refuse the certificate; RFC 5280 says yes.
    critical: Option<Spanned<Templated<bool>>>,
}

/// Subtrees of names by kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "names", default, deny_unknown_fields)]
#[schemars(rename = "Subtrees")]
pub struct SubtreeTable {
    /// Domains: `example.com` is that name and all below it.
    dns: Vec<Spanned<Templated<String>>>,
    /// Networks: `10.0.0.0/8`, `2001:db8::/32`, or one address.
    ip: Vec<Spanned<Templated<String>>>,
    /// A mailbox (`a@example.com`), all of a host (`example.com`), or all below a domain (`.example.com`).
    email: Vec<Spanned<Templated<String>>>,
    /// Hosts of URIs: `www.example.com` that host, `.example.com` all below.
    uri: Vec<Spanned<Templated<String>>>,
    /// Directory names in the form of RFC 4514: `O=Example,C=US` is all subjects below it.
    dirname: Vec<Spanned<String>>,
}

impl Written for NameConstraints {
    const KIND: Kind = kind::NAME_CONSTRAINTS;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut subtrees = |table: Option<&SubtreeTable>| {
            table
                .map(|table| table.resolve(scope, found))
                .unwrap_or_default()
        };
        let permitted = subtrees(self.permitted.as_ref());
        let excluded = subtrees(self.excluded.as_ref());
        let spans = permitted
            .iter()
            .chain(&excluded)
            .map(|subtree| subtree.span)
            .collect();
        Some(Parts {
            value: Value::NameConstraints {
                permitted,
                excluded,
            },
            spans,
        })
    }
}

impl SubtreeTable {
    fn resolve(&self, scope: &Scope, found: &mut Diagnostics) -> Vec<Subtree> {
        let mut bases = Vec::new();
        for text in render_each(&self.dns, scope, found) {
            bases.push((text.span, ascii(&text).map(GeneralName::DnsName)));
        }
        for text in render_each(&self.ip, scope, found) {
            bases.push((text.span, network(&text)));
        }
        for text in render_each(&self.email, scope, found) {
            bases.push((text.span, ascii(&text).map(GeneralName::Rfc822Name)));
        }
        for text in render_each(&self.uri, scope, found) {
            bases.push((
                text.span,
                host(&text).map(GeneralName::UniformResourceIdentifier),
            ));
        }
        for name in &self.dirname {
            let base = resolve_dn(&name.value, name.span, scope)
                .map(|name| GeneralName::DirectoryName(name.to_name()));
            bases.push((name.span, base));
        }
        let mut subtrees: Vec<Subtree> = Vec::new();
        for (span, base) in bases {
            let subtree = found.take(base).map(|base| Subtree { base, span });
            subtrees.extend(subtree.filter(|subtree| !subtrees.contains(subtree)));
        }
        subtrees
    }
}

fn error(place: &Spanned<String>, message: String) -> Diagnostic {
    Diagnostic::error("invalid-name", message).at(place.span, "")
}

fn ascii(text: &Spanned<String>) -> Result<Ia5String, Diagnostic> {
    Ia5String::new(&text.value).map_err(|_| {
        error(text, format!("`{}` is not ASCII", text.value))
            .help("write each label that is not ASCII as `xn--…` (RFC 5280 §7.2)")
    })
}

/// A constraint on URIs names hosts, not URIs (RFC 5280 §4.2.1.10).
fn host(text: &Spanned<String>) -> Result<Ia5String, Diagnostic> {
    if text.contains([':', '/']) {
        return Err(error(text, format!("`{}` is no host", text.value))
            .note("RFC 5280 §4.2.1.10: a constraint on URIs applies to their host")
            .help("write `www.example.com` for that host, `.example.com` for all below"));
    }
    ascii(text)
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or one address: the address, then the mask.
fn network(text: &Spanned<String>) -> Result<GeneralName, Diagnostic> {
    let refuse = || {
        error(text, format!("`{}` is no network", text.value))
            .help("a network is written `10.0.0.0/8` or `2001:db8::/32`")
    };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text.value.as_str(), None),
    };
    let address: IpAddr = address.parse().map_err(|_| refuse())?;
    let address = octets(address);
    let mask = match length {
        None => vec![u8::MAX; address.len()],
        Some(length) => mask(length, address.len()).ok_or_else(refuse)?,
    };
    if mask.len() != address.len() {
        return Err(refuse());
    }
    if address
        .iter()
        .zip(&mask)
        .any(|(octet, mask)| octet & !mask != 0)
    {
        let start: Vec<u8> = address
            .iter()
            .zip(&mask)
            .map(|(octet, mask)| octet & mask)
            .collect();
        let start = super::general_name::address(&start).map(|start| start.to_string());
        let length = length.unwrap_or_default();
        return Err(error(
            text,
            format!("`{}` has bits set beyond its mask", text.value),
        )
        .help(format!(
            "the network begins at `{}/{length}`",
            start.unwrap_or_default()
        )));
    }
    Ok(GeneralName::IpAddress(octet_string(
        &[address, mask].concat(),
        text.span,
    )?))
}

/// A mask of so many octets, from its length in bits or from its own address.
fn mask(length: &str, octet_count: usize) -> Option<Vec<u8>> {
    if let Ok(mask) = length.parse::<IpAddr>() {
        return Some(octets(mask));
    }
    let ones: usize = length
        .parse()
        .ok()
        .filter(|ones| *ones <= octet_count * 8)?;
    Some(
        (0..octet_count)
            .map(|place| mask_octet(ones.saturating_sub(place * 8)))
            .collect(),
    )
}

/// An octet with so many ones, at most 8, from the left.
fn mask_octet(ones: usize) -> u8 {
    match u32::try_from(ones) {
        Ok(ones @ 0..8) => !(u8::MAX >> ones),
        _ => u8::MAX,
    }
}
