//! A certificate that exists, read for plan, show, verify and adoption.

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::{BasicConstraints, SubjectKeyIdentifier};
use x509_cert::name::Name;

use super::tbs::{Signed, Tbs};
use super::{FieldDiff, IssuerFacts, diff, time};
use crate::catalog::{DistinguishedName, KeyAlgorithm};

/// A certificate, read. It holds its own bytes, and what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs_der: Vec<u8>,
    serial: Vec<u8>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
    issuer_der: Vec<u8>,
    issuer: Name,
    subject_der: Vec<u8>,
    subject: Name,
    not_before: Timestamp,
    not_after: Timestamp,
    spki_der: Vec<u8>,
    extensions: Vec<ReadExtension>,
}

/// One extension of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadExtension {
    /// What it is.
    pub oid: ObjectIdentifier,
    /// Whether a validator that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER of its value.
    pub value_der: Vec<u8>,
}

impl Certificate {
    /// Reads the DER of a certificate. Nothing is verified.
    ///
    /// # Errors
    /// It is no DER of a certificate, or more stands behind it.
    pub fn parse(der: &[u8]) -> der::Result<Self> {
        let signed = Signed::from_der(der)?;
        let tbs_der = signed.tbs.to_der()?;
        let tbs = Tbs::from_der(&tbs_der)?;
        let issuer_der = tbs.issuer.to_der()?;
        let subject_der = tbs.subject.to_der()?;
        let extensions = tbs
            .extensions
            .iter()
            .flatten()
            .map(|extension| ReadExtension {
                oid: extension.oid,
                critical: extension.critical,
                value_der: extension.value.as_bytes().to_vec(),
            });
        Ok(Self {
            der: der.to_vec(),
            serial: positive(tbs.serial.as_bytes()).to_vec(),
            signature_algorithm: signed.algorithm,
            signature: signed.signature.raw_bytes().to_vec(),
            issuer: Name::from_der(&issuer_der)?,
            issuer_der,
            subject: Name::from_der(&subject_der)?,
            subject_der,
            not_before: time::to_timestamp(tbs.validity.not_before)?,
            not_after: time::to_timestamp(tbs.validity.not_after)?,
            spki_der: tbs.public_key.to_der()?,
            extensions: extensions.collect(),
            tbs_der,
        })
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The part that is signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs_der
    }

    /// The serial number, big-endian, without a leading zero octet.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The algorithm of its signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifierOwned {
        &self.signature_algorithm
    }

    /// Its signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> DistinguishedName {
        DistinguishedName::from_name(&self.subject)
    }

    /// The DER of the subject.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName {
        DistinguishedName::from_name(&self.issuer)
    }

    /// The DER of the issuer's name.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// The first second of validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second of validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    /// The algorithm of the public key; none if pkiform has no name for it.
    #[must_use]
    pub fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        KeyAlgorithm::from_spki_der(&self.spki_der)
    }

    /// Its extensions, in order.
    #[must_use]
    pub fn extensions(&self) -> &[ReadExtension] {
        &self.extensions
    }

    /// The extension of this OID.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<&ReadExtension> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == oid)
    }

    /// The subject key identifier, if it has one (RFC 5280 §4.2.1.2).
    #[must_use]
    pub fn key_id(&self) -> Option<Vec<u8>> {
        let extension = self.extension(const_oid::db::rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER)?;
        let identifier = SubjectKeyIdentifier::from_der(&extension.value_der).ok()?;
        Some(identifier.0.as_bytes().to_vec())
    }

    /// Basic constraints: whether it is a CA, and its path length (RFC 5280 §4.2.1.9).
    #[must_use]
    pub fn basic_constraints(&self) -> Option<(bool, Option<u8>)> {
        let extension = self.extension(const_oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS)?;
        let constraints = BasicConstraints::from_der(&extension.value_der).ok()?;
        Some((constraints.ca, constraints.path_len_constraint))
    }

    /// Whether subject and issuer are one name (RFC 5280 §3.2: self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// What it says to those that it issues; none if its key's algorithm is one that pkiform has no name for.
    #[must_use]
    pub fn facts(&self) -> Option<IssuerFacts> {
        Some(IssuerFacts {
            name_der: self.subject_der.clone(),
            spki_der: self.spki_der.clone(),
            key_id: self.key_id(),
            issuer_name_der: self.issuer_der.clone(),
            serial: self.serial.clone(),
            algorithm: self.key_algorithm()?,
        })
    }

    /// What would be otherwise in a certificate of these signed bytes, field by field; none if there is no difference.
    ///
    /// # Errors
    /// `expected_tbs` is no `TBSCertificate`.
    pub fn diff(&self, expected_tbs: &[u8]) -> der::Result<Vec<FieldDiff>> {
        diff::diff(&self.tbs_der, expected_tbs)
    }
}

/// The octets of a number without the zero octet that keeps its first bit from being a sign.
pub(super) fn positive(octets: &[u8]) -> &[u8] {
    match octets {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => octets,
    }
}
