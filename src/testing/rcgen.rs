//! CAs of a PKI in memory as rcgen's issuers, so that a test can issue more on the spot.

use der::{Any, Decode, Tag, Tagged};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, Error, Issuer, KeyIdMethod,
    KeyUsagePurpose, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::name::Name;

use super::Entity;
use crate::catalog::{Digest, KeyAlgorithm};
use crate::crypto::{Nonces, PrivateKey};
use crate::x509::Certificate;

/// A private key as rcgen takes it: to sign with, or to be certified. OpenSSL makes the signatures.
#[derive(Clone, Debug)]
pub struct RcgenKey {
    key: PrivateKey,
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
    digest: Option<Digest>,
}

impl Entity {
    /// The CA as rcgen's issuer: what it signs chains to this entity's certificate.
    ///
    /// # Errors
    /// What [`IssuerError`] names.
    pub fn rcgen_issuer(&self) -> Result<Issuer<'static, RcgenKey>, IssuerError> {
        if !self.is_ca {
            return Err(IssuerError::NotACa);
        }
        let key = self.rcgen_key()?;
        let certificate =
            Certificate::parse(self.cert_der()).map_err(|_| IssuerError::NoCertificate)?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = distinguished_name(certificate.subject_der())?;
        // That of the certificate, so that the authority key identifier below fits it.
        if let Some(id) = certificate.key_id() {
            parameters.key_identifier_method = KeyIdMethod::PreSpecified(id);
        }
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Issuer::new(parameters, key))
    }

    /// Its private key as rcgen takes it.
    ///
    /// # Errors
    /// [`IssuerError::NoKey`], [`IssuerError::Algorithm`]
    pub fn rcgen_key(&self) -> Result<RcgenKey, IssuerError> {
        let key = self.key().ok_or(IssuerError::NoKey)?;
        let (algorithm, digest) = match key.algorithm() {
            KeyAlgorithm::Rsa(_) => (&rcgen::PKCS_RSA_SHA256, Some(Digest::Sha256)),
            KeyAlgorithm::EcdsaP256 => (&rcgen::PKCS_ECDSA_P256_SHA256, Some(Digest::Sha256)),
            KeyAlgorithm::EcdsaP384 => (&rcgen::PKCS_ECDSA_P384_SHA384, Some(Digest::Sha384)),
            KeyAlgorithm::Ed25519 => (&rcgen::PKCS_ED25519, None),
            other => return Err(IssuerError::Algorithm(other)),
        };
        let spki =
            SubjectPublicKeyInfoRef::from_der(key.public_der()).map_err(|_| IssuerError::NoKey)?;
        Ok(RcgenKey {
            public: spki.subject_public_key.raw_bytes().to_vec(),
            key: key.clone(),
            algorithm,
            digest,
        })
    }
}

/// A subject as rcgen holds it: the same octets when it writes them.
fn distinguished_name(der: &[u8]) -> Result<DistinguishedName, IssuerError> {
    let name = Name::from_der(der).map_err(|_| IssuerError::NoCertificate)?;
    let mut made = DistinguishedName::new();
    for rdn in name.iter_rdn() {
        let mut attributes = rdn.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            return Err(IssuerError::Subject);
        };
        let arcs: Vec<u64> = attribute.oid.arcs().map(u64::from).collect();
        let kind = DnType::from_oid(&arcs);
        if made.get(&kind).is_some() {
            return Err(IssuerError::Subject);
        }
        made.push(kind, value(&attribute.value).ok_or(IssuerError::Subject)?);
    }
    Ok(made)
}

fn value(value: &Any) -> Option<DnValue> {
    let text = std::str::from_utf8(value.value()).ok()?.to_owned();
    match value.tag() {
        Tag::Utf8String => Some(DnValue::Utf8String(text)),
        Tag::PrintableString => text.try_into().ok().map(DnValue::PrintableString),
        Tag::Ia5String => text.try_into().ok().map(DnValue::Ia5String),
        _ => None,
    }
}

/// Why a CA is no issuer to rcgen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// The entity is a leaf or a bare key.
    #[error("it is no CA; `rcgen_key` gives its key to whom a false issuer is the test")]
    NotACa,
    /// The entity has no private key.
    #[error("it has no private key")]
    NoKey,
    /// The entity has no certificate.
    #[error("it has no certificate")]
    NoCertificate,
    /// rcgen has no name for the algorithm without a back end of its own.
    #[error("rcgen cannot sign with {0}; take RSA, ecdsa-p256, ecdsa-p384 or ed25519")]
    Algorithm(KeyAlgorithm),
    /// A subject with a type twice, several attributes in one RDN, or a string of an old kind.
    #[error("rcgen cannot hold its subject")]
    Subject,
}

impl PublicKeyData for RcgenKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for RcgenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key
            .sign(message, self.digest, Nonces::Deterministic)
            .map_err(|_| Error::RemoteKeyError)
    }
}
