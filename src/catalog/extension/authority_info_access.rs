//! `authority_info_access`: where the issuer's certificate and its OCSP responder are (RFC 5280 §4.2.2.1).

use der::asn1::Ia5String;
use der::oid::ObjectIdentifier;
use schemars::JsonSchema;
use serde::Deserialize;
use x509_cert::ext::pkix::name::GeneralName;

use super::kind::{self, Kind};
use super::listed::{Several, invalid, render_each};
use super::resolve::{Parts, Written};
use super::{AccessDescription, Value};
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// id-ad-ocsp.
pub const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
/// id-ad-caIssuers.
pub const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

/// Where the issuer's certificate and its OCSP responder are (RFC 5280 §4.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "authority_info_access", default, deny_unknown_fields)]
#[schemars(rename = "AuthorityInfoAccess")]
pub struct AuthorityInfoAccess {
    /// URIs of OCSP responders: one or several.
    ocsp: Option<Several<Templated<String>>>,
    /// URIs of the issuer's certificate, in DER or as PKCS#7: one or several.
    ca_issuers: Option<Several<Templated<String>>>,
    /// Whether who does not know the extension must refuse the certificate; RFC 5280 says no.
    critical: Option<Spanned<Templated<bool>>>,
}

impl Written for AuthorityInfoAccess {
    const KIND: Kind = kind::AUTHORITY_INFO_ACCESS;

    fn critical(&self) -> Option<&Spanned<Templated<bool>>> {
        self.critical.as_ref()
    }

    fn resolve(&self, _: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts> {
        let mut places = Vec::new();
        let mut spans = Vec::new();
        for (method, uris) in [(OCSP, &self.ocsp), (CA_ISSUERS, &self.ca_issuers)] {
            let uris = uris.as_ref().map(|uris| render_each(&uris.0, scope, found));
            for uri in uris.into_iter().flatten() {
                let Some(location) = found.take(uri_name(&uri)) else {
                    continue;
                };
                places.push(AccessDescription { method, location });
                spans.push(uri.span);
            }
        }
        Some(Parts {
            value: Value::AuthorityInfoAccess(places),
            spans,
        })
    }
}

/// A URI as a general name.
pub(super) fn uri_name(uri: &Spanned<String>) -> Result<GeneralName, Diagnostic> {
    let text = uri.strip_prefix("uri:").unwrap_or(&uri.value);
    if !text.contains(':') {
        return Err(invalid(format!("`{text}` is no URI"), uri)
            .help("a URI begins with its scheme: `http://…`"));
    }
    Ia5String::new(text)
        .map(GeneralName::UniformResourceIdentifier)
        .map_err(|_| {
            invalid(format!("`{text}` is not ASCII, and a URI must be"), uri)
                .help("write its host as `xn--…`, and encode the rest with `%` (RFC 5280 §7.4)")
        })
}
