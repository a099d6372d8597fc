//! What a certificate takes from its issuer.

use crate::catalog::{IssuerKey, KeyAlgorithm, KeyIdMethod, Value};
use crate::hierarchy::Entity;

/// What a certificate that is issued needs to know of its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerFacts {
    /// The DER of the issuer's subject.
    pub name_der: Vec<u8>,
    /// The DER of the issuer's SubjectPublicKeyInfo.
    pub spki_der: Vec<u8>,
    /// The issuer's subject key identifier, if its certificate has one.
    pub key_id: Option<Vec<u8>>,
    /// The DER of the Name of the issuer's own issuer.
    pub issuer_name_der: Vec<u8>,
    /// The serial number of the issuer's certificate.
    pub serial: Vec<u8>,
    /// The algorithm of the issuer's key.
    pub algorithm: KeyAlgorithm,
}

impl IssuerFacts {
    /// The part from which an authority key identifier is made.
    #[must_use]
    pub fn key(&self) -> IssuerKey<'_> {
        IssuerKey {
            spki_der: &self.spki_der,
            key_id: self.key_id.as_deref(),
            name_der: &self.issuer_name_der,
            serial: &self.serial,
        }
    }

    /// What an entity says to itself when it signs its own certificate with this key and serial number.
    ///
    /// # Errors
    /// The octets are no SubjectPublicKeyInfo of an algorithm that a spec can name.
    pub fn of_self(entity: &Entity, spki_der: &[u8], serial: &[u8]) -> der::Result<Self> {
        let method = entity
            .resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::SubjectKeyIdentifier(KeyIdMethod::None) => None,
                Value::SubjectKeyIdentifier(method) => Some(method),
                _ => None,
            });
        let name_der = entity.subject.to_der()?;
        Ok(Self {
            issuer_name_der: name_der.clone(),
            name_der,
            spki_der: spki_der.to_vec(),
            key_id: method.map(|method| method.identify(spki_der)).transpose()?,
            serial: serial.to_vec(),
            algorithm: KeyAlgorithm::from_spki_der(spki_der)
                .ok_or(der::Error::from(der::ErrorKind::Failed))?,
        })
    }
}
