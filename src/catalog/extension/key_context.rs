//! Key identifiers: the keys that they are taken from, and the methods (RFC 5280 §4.2.1.2, RFC 7093 §2).

use std::fmt;
use std::str::FromStr;

use der::Decode;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::SubjectPublicKeyInfoRef;

use crate::catalog::suggest;

/// The keys that a certificate's key identifiers are made from.
#[derive(Clone, Copy, Debug)]
pub struct KeyContext<'a> {
    /// The certificate's own `SubjectPublicKeyInfo`, DER.
    pub spki_der: &'a [u8],
    /// What is known of the issuer.
    pub issuer: IssuerKey<'a>,
}

/// What an authority key identifier says of the issuer (RFC 5280 §4.2.1.1).
#[derive(Clone, Copy, Debug)]
pub struct IssuerKey<'a> {
    /// The issuer's `SubjectPublicKeyInfo`, DER.
    pub spki_der: &'a [u8],
    /// The issuer's subject key identifier, if its certificate has one.
    pub key_id: Option<&'a [u8]>,
    /// The Name of the issuer's own issuer, DER.
    pub name_der: &'a [u8],
    /// The serial number of the issuer's certificate: its octets, big-endian.
    pub serial: &'a [u8],
}

/// How a subject key identifier is made from the public key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeyIdMethod {
    /// `rfc7093-1`: the leftmost 160 bits of the SHA-256 of the public key.
    #[default]
    Rfc7093Sha256,
    /// `rfc7093-2`: the leftmost 160 bits of its SHA-384.
    Rfc7093Sha384,
    /// `rfc7093-3`: the leftmost 160 bits of its SHA-512.
    Rfc7093Sha512,
    /// `rfc7093-4`: the SHA-256 of the whole `SubjectPublicKeyInfo`.
    Rfc7093Spki,
    /// `rfc5280-1`: the SHA-1 of the public key, as older tools do.
    Rfc5280Sha1,
    /// `rfc5280-2`: 0100 and the last 60 bits of the SHA-1.
    Rfc5280Short,
    /// `hex:…`: these octets.
    Explicit(Vec<u8>),
    /// `none`: no identifier.
    None,
}

impl KeyIdMethod {
    /// The names of the methods that a spec may write.
    pub const NAMES: [&'static str; 7] = [
        "rfc7093-1",
        "rfc7093-2",
        "rfc7093-3",
        "rfc7093-4",
        "rfc5280-1",
        "rfc5280-2",
        "none",
    ];

    /// The identifier of a key; empty for [`KeyIdMethod::None`].
    ///
    /// # Errors
    /// The octets are no `SubjectPublicKeyInfo`.
    pub fn identify(&self, spki_der: &[u8]) -> der::Result<Vec<u8>> {
        let spki = SubjectPublicKeyInfoRef::from_der(spki_der)?;
        let key = spki.subject_public_key.raw_bytes();
        Ok(match self {
            Self::Rfc7093Sha256 => first_160_bits(&Sha256::digest(key)),
            Self::Rfc7093Sha384 => first_160_bits(&Sha384::digest(key)),
            Self::Rfc7093Sha512 => first_160_bits(&Sha512::digest(key)),
            Self::Rfc7093Spki => Sha256::digest(spki_der).to_vec(),
            Self::Rfc5280Sha1 => Sha1::digest(key).to_vec(),
            Self::Rfc5280Short => {
                let mut short: Vec<u8> = Sha1::digest(key).iter().skip(12).copied().collect();
                if let Some(first) = short.first_mut() {
                    *first = 0x40 | (*first & 0x0f);
                }
                short
            }
            Self::Explicit(octets) => octets.clone(),
            Self::None => Vec::new(),
        })
    }
}

fn first_160_bits(digest: &[u8]) -> Vec<u8> {
    digest.iter().take(20).copied().collect()
}

impl fmt::Display for KeyIdMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rfc7093Sha256 => "rfc7093-1",
            Self::Rfc7093Sha384 => "rfc7093-2",
            Self::Rfc7093Sha512 => "rfc7093-3",
            Self::Rfc7093Spki => "rfc7093-4",
            Self::Rfc5280Sha1 => "rfc5280-1",
            Self::Rfc5280Short => "rfc5280-2",
            Self::Explicit(octets) => {
                return write!(f, "hex:{}", data_encoding::HEXLOWER.encode(octets));
            }
            Self::None => "none",
        })
    }
}

impl FromStr for KeyIdMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "rfc7093-1" => Self::Rfc7093Sha256,
            "rfc7093-2" => Self::Rfc7093Sha384,
            "rfc7093-3" => Self::Rfc7093Sha512,
            "rfc7093-4" => Self::Rfc7093Spki,
            "rfc5280-1" => Self::Rfc5280Sha1,
            "rfc5280-2" => Self::Rfc5280Short,
            "none" => Self::None,
            _ => {
                return Err(suggest::unknown(
                    text,
                    "method for a key identifier (or `hex:` octets)",
                    Self::NAMES.into_iter(),
                ));
            }
        })
    }
}
