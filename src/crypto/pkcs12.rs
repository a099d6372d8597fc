//! PKCS #12 (RFC 7292): a key, its certificate and chain under one passphrase.

mod compose;
mod truststore;

pub use truststore::truststore;

use der::asn1::BmpString;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::stack::Stack;
use openssl::x509::{X509, X509Ref};

use super::{CryptoError, PrivateKey, Randomness, Secret};
use crate::spec::Pkcs12Encryption;

/// The rounds of each of the three key derivations: OpenSSL's own figure. The same key lies beside the file in plain,
/// and a fleet makes one file a device, so more would cost much and keep little.
const ROUNDS: u32 = 2048;

/// What a PKCS #12 file holds.
#[derive(Debug)]
pub struct Contents {
    /// The private key.
    pub key: Option<PrivateKey>,
    /// The DER of the certificate that goes with the key.
    pub certificate: Option<Vec<u8>>,
    /// The DER of the other certificates.
    pub chain: Vec<Vec<u8>>,
    /// The friendly name of the certificate.
    pub alias: Option<String>,
}

/// The DER of a PKCS #12 file. Java opens it only if the passphrase is ASCII, whoever wrote the file.
///
/// # Errors
/// The passphrase or the alias is one that the format cannot hold, a certificate is none, or OpenSSL refuses.
pub fn build(
    key: &PrivateKey,
    certificate_der: &[u8],
    chain: &[impl AsRef<[u8]>],
    alias: &str,
    passphrase: &Secret,
    encryption: Pkcs12Encryption,
    randomness: Randomness<'_>,
) -> Result<Vec<u8>, CryptoError> {
    let passphrase = passphrase.passphrase()?;
    let friendly_name = match BmpString::from_utf8(alias) {
        Ok(name) if !alias.contains('\0') => name,
        _ => return Err(CryptoError::UnfitAlias),
    };
    let failed = CryptoError::openssl("write PKCS #12");
    let certificate = X509::from_der(certificate_der).map_err(&failed)?;
    let mut others = Stack::new().map_err(&failed)?;
    for der in chain {
        let other = X509::from_der(der.as_ref()).map_err(&failed)?;
        others.push(other).map_err(&failed)?;
    }
    if let Randomness::Seeded { .. } = randomness {
        if !key.fits(&spki_of(&certificate).map_err(failed)?) {
            return Err(CryptoError::OtherKey);
        }
        let sealing = compose::Sealing {
            passphrase,
            encryption,
            randomness,
        };
        return compose::compose(key, certificate_der, chain, &friendly_name, &sealing);
    }
    let (cipher, digest) = match encryption {
        Pkcs12Encryption::Modern => (Nid::AES_256_CBC, MessageDigest::sha256()),
        // RC2, which such files have for certificates by custom, is only in OpenSSL's legacy provider.
        Pkcs12Encryption::Legacy => (
            Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC,
            MessageDigest::sha1(),
        ),
    };
    Pkcs12::builder()
        .name(alias)
        .pkey(key.pkey())
        .cert(&certificate)
        .ca(others)
        .key_algorithm(cipher)
        .cert_algorithm(cipher)
        .key_iter(ROUNDS)
        .mac_iter(ROUNDS)
        .mac_md(digest)
        .build2(passphrase)
        .and_then(|file| file.to_der())
        .map_err(failed)
}

fn spki_of(certificate: &X509Ref) -> Result<Vec<u8>, ErrorStack> {
    certificate.public_key()?.public_key_to_der()
}

/// Opens a PKCS #12 file.
///
/// # Errors
/// It is none, the passphrase is wrong, or the key's algorithm has no name in a spec.
pub fn open(der: &[u8], passphrase: &Secret) -> Result<Contents, CryptoError> {
    let passphrase = passphrase.passphrase()?;
    let failed = CryptoError::openssl("read PKCS #12");
    let file = Pkcs12::from_der(der).map_err(&failed)?;
    let parsed = file.parse2(passphrase).map_err(|stack| {
        if is_mac_failure(&stack) {
            CryptoError::WrongPassphrase
        } else {
            failed(stack)
        }
    })?;
    let alias = parsed
        .cert
        .as_ref()
        .and_then(|certificate| certificate.alias());
    let alias = alias.map(|alias| String::from_utf8_lossy(alias).into_owned());
    let certificate = parsed
        .cert
        .map(|certificate| certificate.to_der())
        .transpose();
    let chain = parsed
        .ca
        .iter()
        .flatten()
        .map(X509Ref::to_der)
        .collect::<Result<_, _>>();
    Ok(Contents {
        key: parsed.pkey.map(PrivateKey::from_pkey).transpose()?,
        certificate: certificate.map_err(CryptoError::openssl("read PKCS #12"))?,
        chain: chain.map_err(CryptoError::openssl("read PKCS #12"))?,
        alias,
    })
}

/// OpenSSL's one sign of a wrong passphrase: the MAC over the contents does not fit.
fn is_mac_failure(stack: &ErrorStack) -> bool {
    stack
        .errors()
        .iter()
        .any(|error| error.reason() == Some("mac verify failure"))
}
