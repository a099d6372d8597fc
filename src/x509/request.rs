//! A certification request (RFC 2986) that exists, read for show.

use const_oid::db::rfc5912::ID_EXTENSION_REQ;
use der::{Decode, Encode, Tag};
use spki::AlgorithmIdentifierOwned;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, ExtensionReq};

use super::ReadExtension;
use crate::catalog::DistinguishedName;

/// A request, read: what somebody would like to have certified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    info_der: Vec<u8>,
    subject: Name,
    spki_der: Vec<u8>,
    extensions: Vec<ReadExtension>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
}

impl Request {
    /// Reads the DER of a request. Nothing is verified.
    ///
    /// # Errors
    /// It is no DER of a request, or more stands behind it.
    pub fn parse(der: &[u8]) -> der::Result<Self> {
        let request = CertReq::from_der(der)?;
        let mut extensions = Vec::new();
        // A signature is whole octets, whatever its algorithm.
        let signature = request.signature.as_bytes();
        let signature = signature.ok_or_else(|| Tag::BitString.value_error())?;
        for attribute in request.info.attributes.iter() {
            if attribute.oid != ID_EXTENSION_REQ {
                continue;
            }
            for value in attribute.values.iter() {
                let ExtensionReq(wanted) = value.decode_as()?;
                extensions.extend(wanted.into_iter().map(|extension| ReadExtension {
                    oid: extension.extn_id,
                    critical: extension.critical,
                    value_der: extension.extn_value.into_bytes().into(),
                }));
            }
        }
        Ok(Self {
            info_der: request.info.to_der()?,
            spki_der: request.info.public_key.to_der()?,
            subject: request.info.subject,
            extensions,
            signature_algorithm: request.algorithm,
            signature: signature.to_vec(),
        })
    }

    /// The part that is signed.
    #[must_use]
    pub fn info_der(&self) -> &[u8] {
        &self.info_der
    }

    /// The subject that is asked for.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName {
        DistinguishedName::from_name(&self.subject)
    }

    /// The public key, DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    /// The extensions that are asked for (RFC 2985 §5.4.2).
    #[must_use]
    pub fn extensions(&self) -> &[ReadExtension] {
        &self.extensions
    }

    /// The algorithm with which the key's owner signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifierOwned {
        &self.signature_algorithm
    }

    /// The signature of the key's owner.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}
