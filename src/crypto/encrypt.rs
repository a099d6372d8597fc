//! Keys under a passphrase: PKCS #8 with PBES2 and AES-256-CBC (RFC 8018 §6.2), which OpenSSL and all others read.

use der::Encode;
use der::asn1::OctetStringRef;
use openssl::hash::MessageDigest;
use openssl::pkcs5::{pbkdf2_hmac, scrypt};
use openssl::symm::{Cipher, encrypt};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Kdf as KdfParameters, Pbkdf2Params, Salt, ScryptParams};
use zeroize::Zeroizing;

use super::key::contains;
use super::seed::Purpose;
use super::{CryptoError, PrivateKey, Randomness, Secret};
use crate::spec::Kdf;
use crate::x509::pem;

/// Rounds of PBKDF2 with HMAC-SHA-256 (OWASP Password Storage Cheat Sheet, 2023): about a tenth of a second of one core.
const PBKDF2_ROUNDS: u32 = 600_000;

/// scrypt's N, r and p, one of the equals in OWASP's table: of those, the only one in the 32 MiB that OpenSSL grants a reader.
const SCRYPT: (u64, u16, u16) = (1 << 14, 8, 5);

/// The memory that scrypt may take, in octets: twice what [`SCRYPT`] needs (128·N·r, RFC 7914 §2).
const SCRYPT_MEMORY: u64 = 32 * 1024 * 1024;

impl PrivateKey {
    /// PKCS #8 as PEM, encrypted under a passphrase.
    ///
    /// # Errors
    /// The passphrase is one that other programs could not enter, or OpenSSL refuses.
    pub fn to_encrypted_pem(
        &self,
        passphrase: &Secret,
        kdf: Kdf,
        randomness: Randomness<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let password = passphrase.passphrase()?.as_bytes();
        let plain = self.to_der()?;
        let salt: [u8; 16] = randomness.octets(Purpose::KeySalt, &plain)?;
        let iv: [u8; 16] = randomness.octets(Purpose::KeyIv, &plain)?;
        let mut key = Zeroizing::new([0; 32]);
        let failed = CryptoError::openssl("encrypt the private key");
        let parameters = match kdf {
            Kdf::Pbkdf2 => {
                let rounds = usize::try_from(PBKDF2_ROUNDS).unwrap_or(usize::MAX);
                pbkdf2_hmac(password, &salt, rounds, MessageDigest::sha256(), &mut *key)
                    .map_err(&failed)?;
                pbkdf2_parameters(&salt)?
            }
            Kdf::Scrypt => {
                let (n, r, p) = SCRYPT;
                scrypt(
                    password,
                    &salt,
                    n,
                    r.into(),
                    p.into(),
                    SCRYPT_MEMORY,
                    &mut *key,
                )
                .map_err(&failed)?;
                scrypt_parameters(&salt)?
            }
        };
        let data = encrypt(Cipher::aes_256_cbc(), &*key, Some(&iv), &plain).map_err(&failed)?;
        let malformed = CryptoError::der("an encrypted key");
        let info = EncryptedPrivateKeyInfoRef {
            encryption_algorithm: EncryptionScheme::from(pbes2::Parameters {
                kdf: parameters,
                encryption: pbes2::EncryptionScheme::Aes256Cbc { iv },
            }),
            encrypted_data: OctetStringRef::new(&data).map_err(&malformed)?,
        };
        let der = info.to_der().map_err(malformed)?;
        Ok(Zeroizing::new(
            pem::encode(pem::ENCRYPTED_PRIVATE_KEY, &der).into_bytes(),
        ))
    }
}

fn pbkdf2_parameters(salt: &[u8]) -> Result<KdfParameters, CryptoError> {
    Pbkdf2Params::hmac_sha256(PBKDF2_ROUNDS, salt)
        .map(KdfParameters::from)
        .map_err(|_| CryptoError::Der {
            what: "a salt",
            source: der::ErrorKind::Failed.into(),
        })
}

fn scrypt_parameters(salt: &[u8]) -> Result<KdfParameters, CryptoError> {
    let (cost_parameter, block_size, parallelization) = SCRYPT;
    let salt = Salt::new(salt).map_err(CryptoError::der("a salt"))?;
    let parameters = ScryptParams {
        salt,
        cost_parameter,
        block_size,
        parallelization,
        key_length: None,
    };
    Ok(KdfParameters::from(parameters))
}

/// Whether a PEM text holds a key under a passphrase, of PKCS #8 or of the old kind.
pub(super) fn is_encrypted(pem: &[u8]) -> bool {
    contains(pem, b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || contains(pem, b"Proc-Type: 4,ENCRYPTED")
}
