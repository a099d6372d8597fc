//! From the signed bytes and their signature to the certificate.

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;

use super::tbs::Signed;

/// The DER of the certificate (RFC 5280 §4.1.1).
///
/// # Errors
/// `tbs` is no DER, or the whole is longer than DER lengths go.
pub fn assemble(
    tbs: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    Signed {
        tbs: AnyRef::from_der(tbs)?,
        algorithm: algorithm.clone(),
        signature: BitStringRef::from_bytes(signature)?,
    }
    .to_der()
}
