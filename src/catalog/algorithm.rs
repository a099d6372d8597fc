//! The public key algorithms by the names that a spec gives them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use der::asn1::UintRef;
use der::oid::ObjectIdentifier;
use der::{Decode, Sequence};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use spki::SubjectPublicKeyInfoRef;

use super::Digest;

/// A public key algorithm with its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlgorithm {
    /// RSA with a modulus of so many bits (RFC 8017).
    Rsa(u32),
    /// ECDSA over NIST P-256 (RFC 5480).
    EcdsaP256,
    /// ECDSA over NIST P-384 (RFC 5480).
    EcdsaP384,
    /// ECDSA over NIST P-521 (RFC 5480).
    EcdsaP521,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// ML-DSA-44 (FIPS 204, RFC 9881).
    MlDsa44,
    /// ML-DSA-65 (FIPS 204, RFC 9881).
    MlDsa65,
    /// ML-DSA-87 (FIPS 204, RFC 9881).
    MlDsa87,
}

/// Algorithms that share their mathematics, and what a key of them can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Signs and enciphers.
    Rsa,
    /// Signs; its curve also agrees on keys.
    Ecdsa,
    /// Only signs, and brings its own digest.
    EdDsa,
    /// Only signs, and brings its own digest; no known quantum computer's algorithm breaks it.
    MlDsa,
}

impl KeyAlgorithm {
    /// Every algorithm that a spec may name, weakest of each family first.
    pub const ALL: [Self; 15] = [
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
        Self::Ed448,
        Self::Rsa(2048),
        Self::Rsa(3072),
        Self::Rsa(4096),
        Self::Rsa(5120),
        Self::Rsa(6144),
        Self::Rsa(7168),
        Self::Rsa(8192),
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// The name in a spec: `ecdsa-p256`, `rsa-3072`.
    #[must_use]
    pub fn id(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Rsa(bits) => return Cow::Owned(format!("rsa-{bits}")),
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::EcdsaP521 => "ecdsa-p521",
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        })
    }

    /// The family.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Rsa(_) => Family::Rsa,
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => Family::Ecdsa,
            Self::Ed25519 | Self::Ed448 => Family::EdDsa,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => Family::MlDsa,
        }
    }

    /// The security strength in bits against classical attack (NIST SP 800-57 part 1 rev. 5, table 2; FIPS 204 §4).
    #[must_use]
    pub fn strength_bits(self) -> u32 {
        match self {
            Self::Rsa(..2048) => 80,
            Self::Rsa(2048..3072) => 112,
            Self::Rsa(3072..7680) | Self::EcdsaP256 | Self::Ed25519 | Self::MlDsa44 => 128,
            Self::Rsa(7680..15360) | Self::EcdsaP384 | Self::MlDsa65 => 192,
            Self::Ed448 => 224,
            Self::Rsa(15360..) | Self::EcdsaP521 | Self::MlDsa87 => 256,
        }
    }

    /// The digest with which a key signs unless the spec says otherwise; none where the algorithm brings its own.
    #[must_use]
    pub fn default_digest(self) -> Option<Digest> {
        match self {
            Self::Rsa(_) | Self::EcdsaP256 => Some(Digest::Sha256),
            Self::EcdsaP384 => Some(Digest::Sha384),
            Self::EcdsaP521 => Some(Digest::Sha512),
            Self::Ed25519 | Self::Ed448 | Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => None,
        }
    }

    /// The algorithm of a DER `SubjectPublicKeyInfo`; none if pkiform has no name for it.
    #[must_use]
    pub fn from_spki_der(spki_der: &[u8]) -> Option<Self> {
        let spki = SubjectPublicKeyInfoRef::from_der(spki_der).ok()?;
        let oid = spki.algorithm.oid.to_string();
        Some(match oid.as_str() {
            "1.2.840.113549.1.1.1" => {
                let key = RsaPublicKey::from_der(spki.subject_public_key.as_bytes()?).ok()?;
                Self::Rsa(bits(key.modulus.as_bytes())?)
            }
            "1.2.840.10045.2.1" => {
                let curve: ObjectIdentifier = spki.algorithm.parameters?.decode_as().ok()?;
                match curve.to_string().as_str() {
                    "1.2.840.10045.3.1.7" => Self::EcdsaP256,
                    "1.3.132.0.34" => Self::EcdsaP384,
                    "1.3.132.0.35" => Self::EcdsaP521,
                    _ => return None,
                }
            }
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            "2.16.840.1.101.3.4.3.17" => Self::MlDsa44,
            "2.16.840.1.101.3.4.3.18" => Self::MlDsa65,
            "2.16.840.1.101.3.4.3.19" => Self::MlDsa87,
            _ => return None,
        })
    }
}

/// `RSAPublicKey` of RFC 8017 §A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
}

/// The length in bits of a big-endian number without leading zero octets.
fn bits(number: &[u8]) -> Option<u32> {
    let (first, rest) = number.split_first()?;
    let whole = u32::try_from(rest.len()).ok()?.checked_mul(8)?;
    whole.checked_add(u8::BITS.checked_sub(first.leading_zeros())?)
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(found) = Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.id() == text)
        {
            return Ok(found);
        }
        let ids: Vec<_> = Self::ALL.iter().map(|algorithm| algorithm.id()).collect();
        Err(super::suggest::unknown(
            text,
            "key algorithm",
            ids.iter().map(AsRef::as_ref),
        ))
    }
}

impl Serialize for KeyAlgorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id())
    }
}

impl<'de> Deserialize<'de> for KeyAlgorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for KeyAlgorithm {
    fn schema_name() -> Cow<'static, str> {
        "KeyAlgorithm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ids: Vec<_> = Self::ALL.iter().map(|algorithm| algorithm.id()).collect();
        json_schema!({
            "description": "A public key algorithm with its size.",
            "type": "string",
            "enum": ids,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_a_wrong_one_gets_advice() {
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(algorithm.id().parse(), Ok(algorithm));
        }
        let error = "ecdsa-p265".parse::<KeyAlgorithm>().unwrap_err();
        assert!(error.contains("did you mean `ecdsa-p256`?"), "{error}");
        assert!("rsa-1024".parse::<KeyAlgorithm>().is_err());
        assert!("rsa-2049".parse::<KeyAlgorithm>().is_err());
    }

    #[test]
    fn openssl_keys_are_recognised() {
        use openssl::pkey::PKey;
        let rsa = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
        assert_eq!(
            KeyAlgorithm::from_spki_der(&rsa.public_key_to_der().unwrap()),
            Some(KeyAlgorithm::Rsa(1024))
        );
        let curve = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::SECP384R1).unwrap();
        let ec = PKey::from_ec_key(openssl::ec::EcKey::generate(&curve).unwrap()).unwrap();
        assert_eq!(
            KeyAlgorithm::from_spki_der(&ec.public_key_to_der().unwrap()),
            Some(KeyAlgorithm::EcdsaP384)
        );
        let ed = PKey::generate_ed448().unwrap();
        assert_eq!(
            KeyAlgorithm::from_spki_der(&ed.public_key_to_der().unwrap()),
            Some(KeyAlgorithm::Ed448)
        );
        assert_eq!(KeyAlgorithm::from_spki_der(&[0x30, 0]), None);
    }
}
