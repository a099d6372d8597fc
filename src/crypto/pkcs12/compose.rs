//! PKCS #12 of a seeded PKI: OpenSSL would draw the salts at random, so the file is composed here from typed DER; what is
//! encrypted is so by OpenSSL.

use der::asn1::{BmpString, OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, encrypt};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Pbkdf2Params};
use pkcs12::cms::content_info::{CmsVersion, ContentInfo};
use pkcs12::cms::encrypted_data::EncryptedData;
use pkcs12::cms::enveloped_data::EncryptedContentInfo;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use pkcs12::pbe_params::{EncryptedPrivateKeyInfo, Pkcs12PbeParams};
use pkcs12::pfx::{Pfx, Version};
use pkcs12::safe_bag::{SafeBag, SafeContents};
use pkcs12::{
    CertBag, DigestInfo, MacData, PKCS_12_CERT_BAG_OID,
    PKCS_12_PBE_WITH_SHAAND3_KEY_TRIPLE_DES_CBC, PKCS_12_PKCS8_KEY_BAG_OID, PKCS_12_X509_CERT_OID,
};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::attr::{Attribute, Attributes};
use zeroize::Zeroizing;

use super::ROUNDS;
use crate::crypto::seed::Purpose;
use crate::crypto::{CryptoError, PrivateKey, Randomness};
use crate::spec::Pkcs12Encryption;

const ID_DATA: ObjectIdentifier = const_oid::db::rfc5911::ID_DATA;
const ID_ENCRYPTED_DATA: ObjectIdentifier = const_oid::db::rfc5911::ID_ENCRYPTED_DATA;
pub(super) const FRIENDLY_NAME: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
const ID_SHA_1: ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_1;
const ID_SHA_256: ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_256;

/// How a file is encrypted, and where its salts come from.
pub(super) struct Sealing<'a> {
    /// The passphrase as UTF-8.
    pub(super) passphrase: &'a str,
    pub(super) encryption: Pkcs12Encryption,
    pub(super) randomness: Randomness<'a>,
}

/// The DER of the file: as OpenSSL writes it, the certificates encrypted, then the key, then a MAC over both.
pub(super) fn compose(
    key: &PrivateKey,
    certificate_der: &[u8],
    chain: &[impl AsRef<[u8]>],
    alias: &BmpString,
    sealing: &Sealing<'_>,
) -> Result<Vec<u8>, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let named = attributes(certificate_der, alias)?;
    let mut certificates: SafeContents = vec![cert_bag(certificate_der, Some(named.clone()))?];
    for other in chain {
        certificates.push(cert_bag(other.as_ref(), None)?);
    }
    let certificates = certificates.to_der().map_err(&failed)?;
    let (algorithm, data) = sealing.encrypt(
        &certificates,
        Purpose::Pkcs12CertSalt,
        Purpose::Pkcs12CertIv,
    )?;
    let encrypted = EncryptedData {
        version: CmsVersion::V0,
        enc_content_info: EncryptedContentInfo {
            content_type: ID_DATA,
            content_enc_alg: algorithm,
            encrypted_content: Some(OctetString::new(data).map_err(&failed)?),
        },
        unprotected_attrs: None,
    };
    let encrypted = ContentInfo {
        content_type: ID_ENCRYPTED_DATA,
        content: Any::encode_from(&encrypted).map_err(&failed)?,
    };
    let keys: SafeContents = vec![key_bag(key, named, sealing)?];
    let safe = vec![encrypted, data_of(&keys.to_der().map_err(&failed)?)?];
    let safe = safe.to_der().map_err(&failed)?;
    let pfx = Pfx {
        version: Version::V3,
        auth_safe: data_of(&safe)?,
        mac_data: Some(sealing.mac(&safe)?),
    };
    pfx.to_der().map_err(failed)
}

/// Octets as CMS's type `data`.
pub(super) fn data_of(octets: &[u8]) -> Result<ContentInfo, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let octets = OctetString::new(octets).map_err(&failed)?;
    Ok(ContentInfo {
        content_type: ID_DATA,
        content: Any::encode_from(&octets).map_err(failed)?,
    })
}

/// `friendlyName` and `localKeyId`, by which a reader knows which key goes with which certificate (RFC 2985 §5.5).
fn attributes(certificate_der: &[u8], alias: &BmpString) -> Result<Attributes, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let id = OctetString::new(Sha1::digest(certificate_der).to_vec()).map_err(&failed)?;
    let attribute = |oid, value: der::Result<Any>| -> der::Result<Attribute> {
        let values = SetOfVec::try_from(vec![value?])?;
        Ok(Attribute { oid, values })
    };
    let both = vec![
        attribute(FRIENDLY_NAME, Any::encode_from(alias)).map_err(&failed)?,
        attribute(LOCAL_KEY_ID, Any::encode_from(&id)).map_err(&failed)?,
    ];
    SetOfVec::try_from(both).map_err(failed)
}

pub(super) fn cert_bag(der: &[u8], attributes: Option<Attributes>) -> Result<SafeBag, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let bag = CertBag {
        cert_id: PKCS_12_X509_CERT_OID,
        cert_value: OctetString::new(der).map_err(&failed)?,
    };
    Ok(SafeBag {
        bag_id: PKCS_12_CERT_BAG_OID,
        bag_value: bag.to_der().map_err(failed)?,
        bag_attributes: attributes,
    })
}

fn key_bag(
    key: &PrivateKey,
    attributes: Attributes,
    sealing: &Sealing<'_>,
) -> Result<SafeBag, CryptoError> {
    let failed = CryptoError::der("PKCS #12");
    let (encryption_algorithm, data) =
        sealing.encrypt(&key.to_der()?, Purpose::Pkcs12KeySalt, Purpose::Pkcs12KeyIv)?;
    let bag = EncryptedPrivateKeyInfo {
        encryption_algorithm,
        encrypted_data: OctetString::new(data).map_err(&failed)?,
    };
    Ok(SafeBag {
        bag_id: PKCS_12_PKCS8_KEY_BAG_OID,
        bag_value: bag.to_der().map_err(failed)?,
        bag_attributes: Some(attributes),
    })
}

impl Sealing<'_> {
    fn encrypt(
        &self,
        plain: &[u8],
        salt: Purpose,
        iv: Purpose,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), CryptoError> {
        match self.encryption {
            Pkcs12Encryption::Modern => self.encrypt_modern(plain, salt, iv),
            Pkcs12Encryption::Legacy => self.encrypt_legacy(plain, salt),
        }
    }

    /// PBES2: PBKDF2 with HMAC-SHA-256, AES-256-CBC (RFC 8018 §6.2).
    fn encrypt_modern(
        &self,
        plain: &[u8],
        salt: Purpose,
        iv: Purpose,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), CryptoError> {
        let failed = CryptoError::openssl("write PKCS #12");
        let malformed = CryptoError::der("PKCS #12");
        let salt: [u8; 16] = self.randomness.octets(salt, plain)?;
        let iv: [u8; 16] = self.randomness.octets(iv, plain)?;
        let mut key = Zeroizing::new([0; 32]);
        let rounds = usize::try_from(ROUNDS).unwrap_or(usize::MAX);
        pbkdf2_hmac(
            self.passphrase.as_bytes(),
            &salt,
            rounds,
            MessageDigest::sha256(),
            &mut *key,
        )
        .map_err(&failed)?;
        let data = encrypt(Cipher::aes_256_cbc(), &*key, Some(&iv), plain).map_err(&failed)?;
        let kdf = Pbkdf2Params::hmac_sha256(ROUNDS, &salt)
            .map_err(|_| malformed(der::ErrorKind::Failed.into()))?;
        let scheme = EncryptionScheme::from(pbes2::Parameters {
            kdf: kdf.into(),
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv },
        });
        let scheme = scheme.to_der().map_err(&malformed)?;
        let algorithm = AlgorithmIdentifierOwned::from_der(&scheme).map_err(malformed)?;
        Ok((algorithm, data))
    }

    /// pbeWithSHAAnd3-KeyTripleDES-CBC, whose key and IV both come from the passphrase (RFC 7292 appendix C).
    fn encrypt_legacy(
        &self,
        plain: &[u8],
        salt: Purpose,
    ) -> Result<(AlgorithmIdentifierOwned, Vec<u8>), CryptoError> {
        let failed = CryptoError::openssl("write PKCS #12");
        let malformed = CryptoError::der("PKCS #12");
        let salt: [u8; 8] = self.randomness.octets(salt, plain)?;
        let key = self.stretch::<Sha1>(&salt, Pkcs12KeyType::EncryptionKey, 24);
        let iv = self.stretch::<Sha1>(&salt, Pkcs12KeyType::Iv, 8);
        let data = encrypt(Cipher::des_ede3_cbc(), &key, Some(&iv), plain).map_err(failed)?;
        let parameters = Pkcs12PbeParams {
            salt: OctetString::new(salt).map_err(&malformed)?,
            iterations: rounds(),
        };
        let algorithm = AlgorithmIdentifierOwned {
            oid: PKCS_12_PBE_WITH_SHAAND3_KEY_TRIPLE_DES_CBC,
            parameters: Some(Any::encode_from(&parameters).map_err(malformed)?),
        };
        Ok((algorithm, data))
    }

    /// The MAC over the authenticated safe (RFC 7292 §5.1).
    fn mac(&self, safe: &[u8]) -> Result<MacData, CryptoError> {
        let failed = CryptoError::openssl("write PKCS #12");
        let malformed = CryptoError::der("PKCS #12");
        let salt: [u8; 8] = self.randomness.octets(Purpose::Pkcs12MacSalt, safe)?;
        let (oid, digest, key) = match self.encryption {
            Pkcs12Encryption::Modern => (
                ID_SHA_256,
                MessageDigest::sha256(),
                self.stretch::<Sha256>(&salt, Pkcs12KeyType::Mac, 32),
            ),
            Pkcs12Encryption::Legacy => (
                ID_SHA_1,
                MessageDigest::sha1(),
                self.stretch::<Sha1>(&salt, Pkcs12KeyType::Mac, 20),
            ),
        };
        let key = PKey::hmac(&key).map_err(&failed)?;
        let mac = Signer::new(digest, &key)
            .and_then(|mut signer| signer.sign_oneshot_to_vec(safe))
            .map_err(&failed)?;
        Ok(MacData {
            mac: DigestInfo {
                algorithm: AlgorithmIdentifierOwned {
                    oid,
                    parameters: Some(Any::null()),
                },
                digest: OctetString::new(mac).map_err(&malformed)?,
            },
            mac_salt: OctetString::new(salt).map_err(malformed)?,
            iterations: rounds(),
        })
    }

    /// RFC 7292 appendix B.2, over the passphrase as a `BMPString` with its two zero octets (§B.1).
    fn stretch<D>(&self, salt: &[u8], kind: Pkcs12KeyType, length: usize) -> Zeroizing<Vec<u8>>
    where
        D: Digest + sha1::digest::FixedOutputReset + sha1::digest::block_api::BlockSizeUser,
    {
        let passphrase: Zeroizing<Vec<u8>> = Zeroizing::new(
            self.passphrase
                .encode_utf16()
                .chain([0])
                .flat_map(u16::to_be_bytes)
                .collect(),
        );
        Zeroizing::new(derive_key::<D>(&passphrase, salt, kind, rounds(), length))
    }
}

/// [`ROUNDS`] as the types have it.
fn rounds() -> i32 {
    i32::try_from(ROUNDS).unwrap_or(i32::MAX)
}
