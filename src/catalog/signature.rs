//! The `AlgorithmIdentifier` that a certificate names for its signature.

use der::Any;
use der::oid::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;

use super::{Digest, KeyAlgorithm};

/// The signature algorithm of a key with a digest; without one, the key's customary digest.
///
/// RSA is PKCS #1 v1.5 with NULL parameters (RFC 4055 §5), ECDSA as RFC 5758 §3.2, `EdDSA` as RFC 8410 §3 and
/// ML-DSA as RFC 9881 §2, these three with parameters absent. A digest beside `EdDSA` or ML-DSA, which bring their own,
/// is passed over.
#[must_use]
pub fn signature_algorithm(key: KeyAlgorithm, digest: Option<Digest>) -> AlgorithmIdentifierOwned {
    let digest = digest
        .or_else(|| key.default_digest())
        .unwrap_or(Digest::Sha256);
    let (oid, parameters) = match (key, digest) {
        (KeyAlgorithm::Rsa(_), Digest::Sha256) => ("1.2.840.113549.1.1.11", Some(Any::null())),
        (KeyAlgorithm::Rsa(_), Digest::Sha384) => ("1.2.840.113549.1.1.12", Some(Any::null())),
        (KeyAlgorithm::Rsa(_), Digest::Sha512) => ("1.2.840.113549.1.1.13", Some(Any::null())),
        (
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521,
            Digest::Sha256,
        ) => ("1.2.840.10045.4.3.2", None),
        (
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521,
            Digest::Sha384,
        ) => ("1.2.840.10045.4.3.3", None),
        (
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521,
            Digest::Sha512,
        ) => ("1.2.840.10045.4.3.4", None),
        (KeyAlgorithm::Ed25519, _) => ("1.3.101.112", None),
        (KeyAlgorithm::Ed448, _) => ("1.3.101.113", None),
        (KeyAlgorithm::MlDsa44, _) => ("2.16.840.1.101.3.4.3.17", None),
        (KeyAlgorithm::MlDsa65, _) => ("2.16.840.1.101.3.4.3.18", None),
        (KeyAlgorithm::MlDsa87, _) => ("2.16.840.1.101.3.4.3.19", None),
    };
    AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap(oid),
        parameters,
    }
}

#[cfg(test)]
mod tests {
    use der::Encode;

    use super::*;

    #[test]
    fn the_der_is_that_of_certificates_seen_in_the_wild() {
        let der = |key, digest| signature_algorithm(key, digest).to_der().unwrap();
        // sha256WithRSAEncryption with its NULL, ecdsa-with-SHA384 and Ed25519 without parameters.
        assert_eq!(
            der(KeyAlgorithm::Rsa(2048), None),
            [
                0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0
            ]
        );
        assert_eq!(
            der(KeyAlgorithm::EcdsaP256, Some(Digest::Sha384)),
            [0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]
        );
        assert_eq!(
            der(KeyAlgorithm::Ed25519, None),
            [0x30, 5, 6, 3, 0x2b, 0x65, 0x70]
        );
    }
}
