//! Certificate revocation lists (RFC 5280 §5): composing what is signed, and reading one.

use const_oid::db::rfc5280::{
    ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE,
};
use der::asn1::{AnyRef, GeneralizedTime, OctetString, Uint};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Version;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;
use x509_cert::ext::pkix::crl::CrlReason;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use super::tbs::Signed;
use super::time;
use crate::catalog::{DistinguishedName, RevocationReason};

/// What a CRL says.
#[derive(Clone, Debug)]
pub struct CrlFields<'a> {
    /// The algorithm with which it is signed.
    pub signature: AlgorithmIdentifierOwned,
    /// The DER of the issuer's Name.
    pub issuer_der: &'a [u8],
    /// The issuer's subject key identifier.
    pub key_id: Option<&'a [u8]>,
    /// The CRL number, big-endian (RFC 5280 §5.2.3).
    pub number: &'a [u8],
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is promised.
    pub next_update: Timestamp,
    /// The certificates that are revoked.
    pub entries: Vec<CrlItem>,
}

/// One revoked certificate (RFC 5280 §5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlItem {
    /// Its serial number, big-endian.
    pub serial: Vec<u8>,
    /// From when on it is revoked.
    pub date: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// When its key is thought to have been lost.
    pub invalidity_date: Option<Timestamp>,
}

/// The DER of the `TBSCertList`.
///
/// # Errors
/// A part is no DER, or a date lies before 1970.
pub fn compose_crl(fields: &CrlFields<'_>) -> der::Result<Vec<u8>> {
    let mut entries: Vec<RevokedCert> = Vec::with_capacity(fields.entries.len());
    for item in &fields.entries {
        entries.push(RevokedCert {
            serial_number: SerialNumber::new(&item.serial)?,
            revocation_date: time::from_timestamp(item.date)?,
            crl_entry_extensions: entry_extensions(item)?,
        });
    }
    let mut extensions = Vec::new();
    if let Some(id) = fields.key_id {
        let id = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(id)?),
            ..AuthorityKeyIdentifier::default()
        };
        extensions.push(extension(ID_CE_AUTHORITY_KEY_IDENTIFIER, &id)?);
    }
    extensions.push(extension(ID_CE_CRL_NUMBER, &Uint::new(fields.number)?)?);
    TbsCertList {
        version: Version::V2,
        signature: fields.signature.clone(),
        issuer: Name::from_der(fields.issuer_der)?,
        this_update: time::from_timestamp(fields.this_update)?,
        next_update: Some(time::from_timestamp(fields.next_update)?),
        // An empty list is no list (RFC 5280 §5.1.2.6).
        revoked_certificates: Some(entries).filter(|entries| !entries.is_empty()),
        crl_extensions: Some(extensions),
    }
    .to_der()
}

fn entry_extensions(item: &CrlItem) -> der::Result<Option<Vec<Extension>>> {
    let mut extensions = Vec::new();
    if let Some(code) = code(item.reason) {
        extensions.push(extension(ID_CE_CRL_REASONS, &code)?);
    }
    if let Some(date) = item.invalidity_date {
        // RFC 5280 §5.3.2: always a GeneralizedTime.
        let date = time::from_timestamp(date)?.to_date_time();
        let date = GeneralizedTime::from_date_time(date);
        extensions.push(extension(ID_CE_INVALIDITY_DATE, &date)?);
    }
    Ok(Some(extensions).filter(|extensions| !extensions.is_empty()))
}

fn extension(oid: ObjectIdentifier, value: &impl Encode) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: oid,
        critical: false,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// The reason's code; none for `unspecified`, which is said by saying nothing (RFC 5280 §5.3.1).
fn code(reason: RevocationReason) -> Option<CrlReason> {
    match reason {
        RevocationReason::Unspecified => None,
        RevocationReason::KeyCompromise => Some(CrlReason::KeyCompromise),
        RevocationReason::CaCompromise => Some(CrlReason::CaCompromise),
        RevocationReason::AffiliationChanged => Some(CrlReason::AffiliationChanged),
        RevocationReason::Superseded => Some(CrlReason::Superseded),
        RevocationReason::CessationOfOperation => Some(CrlReason::CessationOfOperation),
        RevocationReason::CertificateHold => Some(CrlReason::CertificateHold),
        RevocationReason::PrivilegeWithdrawn => Some(CrlReason::PrivilegeWithdrawn),
        RevocationReason::AaCompromise => Some(CrlReason::AaCompromise),
    }
}

fn reason(code: CrlReason) -> Option<RevocationReason> {
    RevocationReason::ALL
        .into_iter()
        .find(|known| self::code(*known) == Some(code))
}

/// A CRL that was read.
#[derive(Clone, Debug)]
pub struct Crl {
    tbs_der: Vec<u8>,
    issuer_der: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
    number: Option<Vec<u8>>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: Vec<CrlItem>,
}

/// What is looked at of the signed part, the issuer as it stands.
#[derive(Sequence)]
struct Head<'a> {
    version: Option<Version>,
    signature: AlgorithmIdentifierOwned,
    issuer: AnyRef<'a>,
    this_update: x509_cert::time::Time,
    next_update: Option<x509_cert::time::Time>,
    revoked_certificates: Option<Vec<RevokedCert>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

impl Crl {
    /// Reads a CRL.
    ///
    /// # Errors
    /// It is none, or has a part that RFC 5280 does not know.
    pub fn parse(der: &[u8]) -> der::Result<Self> {
        let signed = Signed::from_der(der)?;
        let tbs_der = signed.tbs.to_der()?;
        let head = Head::from_der(&tbs_der)?;
        let number = head
            .extensions
            .iter()
            .flatten()
            .find(|extension| extension.extn_id == ID_CE_CRL_NUMBER)
            .map(|extension| Uint::from_der(extension.extn_value.as_bytes()))
            .transpose()?;
        Ok(Self {
            issuer_der: head.issuer.to_der()?,
            algorithm: signed.algorithm,
            signature: signed.signature.raw_bytes().to_vec(),
            number: number.map(|number| number.as_bytes().to_vec()),
            this_update: time::to_timestamp(head.this_update)?,
            next_update: head.next_update.map(time::to_timestamp).transpose()?,
            entries: head
                .revoked_certificates
                .unwrap_or_default()
                .iter()
                .map(item)
                .collect::<der::Result<_>>()?,
            tbs_der,
        })
    }

    /// What is signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs_der
    }

    /// The DER of the issuer's Name.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> DistinguishedName {
        Name::from_der(&self.issuer_der)
            .map(|name| DistinguishedName::from_name(&name))
            .unwrap_or_default()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifierOwned {
        &self.algorithm
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The CRL number, big-endian.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next one is promised.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// The revoked certificates.
    #[must_use]
    pub fn entries(&self) -> &[CrlItem] {
        &self.entries
    }
}

fn item(entry: &RevokedCert) -> der::Result<CrlItem> {
    let value = |oid| {
        entry
            .crl_entry_extensions
            .iter()
            .flatten()
            .find(|extension| extension.extn_id == oid)
            .map(|extension| extension.extn_value.as_bytes())
    };
    let reason = match value(ID_CE_CRL_REASONS) {
        Some(der) => reason(CrlReason::from_der(der)?).unwrap_or_default(),
        None => RevocationReason::Unspecified,
    };
    let invalidity_date = match value(ID_CE_INVALIDITY_DATE) {
        Some(der) => Some(time::to_timestamp(x509_cert::time::Time::GeneralTime(
            GeneralizedTime::from_der(der)?,
        ))?),
        None => None,
    };
    Ok(CrlItem {
        serial: entry.serial_number.as_bytes().to_vec(),
        date: time::to_timestamp(entry.revocation_date)?,
        reason,
        invalidity_date,
    })
}
