//! Whether certificates chain to their root, as OpenSSL judges it with its strict flags (RFC 5280 §6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext, X509VerifyResult};

use crate::x509::Certificate;

/// What certificates below one issuer are judged against: its chain, and the root that is trusted.
pub(super) struct Anchor {
    store: X509Store,
    between: Vec<X509>,
    /// The root's id.
    pub(super) root: String,
}

/// The anchors by the issuer's id; one that could not be made is `None`.
pub(super) type Anchors = BTreeMap<String, Option<Anchor>>;

impl Anchor {
    /// Trusts the last of `issuers` (nearest first); the others stand between.
    pub(super) fn new(
        issuers: &[(&str, &Certificate)],
        now: Timestamp,
        ignore_critical: bool,
    ) -> Result<Option<Self>, ErrorStack> {
        let Some(((root_id, root), between)) = issuers.split_last() else {
            return Ok(None);
        };
        let mut parameters = X509VerifyParam::new()?;
        parameters.set_time(now.as_second());
        let mut flags = X509VerifyFlags::X509_STRICT | X509VerifyFlags::CHECK_SS_SIGNATURE;
        if !root.is_self_issued() {
            // An external CA may be trusted though its own issuer is not here.
            flags |= X509VerifyFlags::PARTIAL_CHAIN;
        }
        if ignore_critical {
            // OpenSSL cannot know an extension that the spec made up.
            flags |= X509VerifyFlags::IGNORE_CRITICAL;
        }
        parameters.set_flags(flags)?;
        let mut builder = X509StoreBuilder::new()?;
        builder.set_param(&parameters)?;
        builder.add_cert(X509::from_der(root.der())?)?;
        let between = between
            .iter()
            .map(|(_, certificate)| X509::from_der(certificate.der()))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            store: builder.build(),
            between,
            root: (*root_id).to_owned(),
        }))
    }

    /// Judges one certificate.
    pub(super) fn judge(&self, certificate: &Certificate) -> Result<(), Fault> {
        let verdict = self
            .verify(certificate)
            .map_err(|error| Fault::Other(error.to_string()))?;
        if verdict == X509VerifyResult::OK {
            return Ok(());
        }
        Err(match verdict.as_raw() {
            openssl_sys::X509_V_ERR_CERT_HAS_EXPIRED => Fault::Expired,
            _ => Fault::Other(verdict.error_string().to_owned()),
        })
    }

    fn verify(&self, certificate: &Certificate) -> Result<X509VerifyResult, ErrorStack> {
        let certificate = X509::from_der(certificate.der())?;
        let mut between = Stack::new()?;
        for issuer in &self.between {
            between.push(issuer.clone())?;
        }
        let mut context = X509StoreContext::new()?;
        context.init(&self.store, &certificate, &between, |context| {
            context.verify_cert()?;
            Ok(context.error())
        })
    }
}

/// Why a certificate does not chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It, or one above it, has ended.
    Expired,
    /// In OpenSSL's words.
    Other(String),
}
