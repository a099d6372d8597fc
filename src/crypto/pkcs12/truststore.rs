//! A PKCS #12 file of trust anchors alone, as Java's keystores mark them.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;
use der::asn1::{BmpString, SetOfVec};
use der::{Any, Encode};
use openssl::x509::X509;
use pkcs12::pfx::{Pfx, Version};
use pkcs12::safe_bag::SafeContents;
use x509_cert::attr::{Attribute, Attributes};

use super::compose::{FRIENDLY_NAME, cert_bag, data_of};
use crate::crypto::CryptoError;

/// Oracle's `TrustedKeyUsage`: without it Java sees a certificate, and trusts it not (JDK-8044445).
const TRUSTED_KEY_USAGE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.113894.746875.1.1");
const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = const_oid::db::rfc5280::ANY_EXTENDED_KEY_USAGE;

/// The DER of a file that holds certificates (DER) as trusted, each under its common name.
///
/// # Errors
/// One is no certificate.
pub fn truststore(ders: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let mut taken = BTreeSet::new();
    let mut bags: SafeContents = Vec::new();
    for der in ders {
        let alias = alias(der.as_ref(), &mut taken)?;
        let attributes = attributes(&alias).map_err(&failed)?;
        bags.push(cert_bag(der.as_ref(), Some(attributes))?);
    }
    let safe = vec![data_of(&bags.to_der().map_err(&failed)?)?];
    let pfx = Pfx {
        version: Version::V3,
        auth_safe: data_of(&safe.to_der().map_err(&failed)?)?,
        mac_data: None,
    };
    pfx.to_der().map_err(failed)
}

fn attributes(alias: &str) -> der::Result<Attributes> {
    let attribute = |oid, value: Any| -> der::Result<Attribute> {
        let values = SetOfVec::try_from(vec![value])?;
        Ok(Attribute { oid, values })
    };
    SetOfVec::try_from(vec![
        attribute(
            FRIENDLY_NAME,
            Any::encode_from(&BmpString::from_utf8(alias)?)?,
        )?,
        attribute(
            TRUSTED_KEY_USAGE,
            Any::encode_from(&ANY_EXTENDED_KEY_USAGE)?,
        )?,
    ])
}

/// A name of its own for each, in lower case, for Java tells none apart by case.
fn alias(der: &[u8], taken: &mut BTreeSet<String>) -> Result<String, CryptoError> {
    let certificate = X509::from_der(der).map_err(CryptoError::openssl("write PKCS #12"))?;
    let common_name = certificate
        .subject_name()
        .entries_by_nid(openssl::nid::Nid::COMMONNAME)
        .last()
        .and_then(|entry| entry.data().to_string().ok());
    // The format knows no character beyond the first 65,536.
    let wanted = common_name
        .map(|name| name.to_lowercase())
        .filter(|name| {
            !name.is_empty() && name.chars().all(|c| u16::try_from(u32::from(c)).is_ok())
        })
        .unwrap_or_else(|| "root".to_owned());
    let mut alias = wanted.clone();
    let mut count = 1_usize;
    while !taken.insert(alias.clone()) {
        count = count.saturating_add(1);
        alias = format!("{wanted} {count}");
    }
    Ok(alias)
}
