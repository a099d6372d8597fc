//! What a certificate's bytes depend on, as one digest: its own fields and key, its issuer's name, key and key id.

use sha2::{Digest, Sha256};

/// What of an issuer stands in, or decides, the certificates below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssuerPart<'a> {
    /// Its subject, DER.
    pub(crate) name_der: &'a [u8],
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub(crate) public_key: [u8; 32],
    /// Its subject key identifier.
    pub(crate) key_id: Option<&'a [u8]>,
    /// Its own issuer's name and its serial, where an authority key identifier names them (RFC 5280 §4.2.1.1).
    pub(crate) issuer_and_serial: Option<(&'a [u8], &'a [u8])>,
}

/// The fingerprint of an entity. `issuer` is `None` for what is self-signed and for a bare key.
pub(crate) fn fingerprint(
    fields: &[u8; 32],
    public_key: &[u8; 32],
    issuer: Option<IssuerPart<'_>>,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    // The label is raised when what goes in changes; a lock with another one is compared by bytes.
    hash.update(b"pkiform entity v1\0");
    hash.update(fields);
    hash.update(public_key);
    if let Some(issuer) = issuer {
        part(&mut hash, issuer.name_der);
        hash.update(issuer.public_key);
        optional(&mut hash, issuer.key_id);
        optional(&mut hash, issuer.issuer_and_serial.map(|(name, _)| name));
        optional(
            &mut hash,
            issuer.issuer_and_serial.map(|(_, serial)| serial),
        );
    }
    hash.finalize().into()
}

/// SHA-256 of a file's bytes or of a public key.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The length goes first, so that no two lists of parts run together.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

fn optional(hash: &mut Sha256, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            hash.update([1]);
            part(hash, bytes);
        }
        None => hash.update([0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer<'a>(name_der: &'a [u8], key_id: Option<&'a [u8]>) -> IssuerPart<'a> {
        IssuerPart {
            name_der,
            public_key: [3; 32],
            key_id,
            issuer_and_serial: None,
        }
    }

    #[test]
    fn each_part_counts() {
        let base = fingerprint(&[1; 32], &[2; 32], Some(issuer(b"name", Some(b"id"))));
        let others = [
            fingerprint(&[9; 32], &[2; 32], Some(issuer(b"name", Some(b"id")))),
            fingerprint(&[1; 32], &[9; 32], Some(issuer(b"name", Some(b"id")))),
            fingerprint(&[1; 32], &[2; 32], Some(issuer(b"other", Some(b"id")))),
            fingerprint(&[1; 32], &[2; 32], Some(issuer(b"name", None))),
            fingerprint(&[1; 32], &[2; 32], Some(issuer(b"nam", Some(b"eid")))),
            fingerprint(&[1; 32], &[2; 32], None),
        ];
        for other in others {
            assert_ne!(base, other);
        }
        let with_serial = IssuerPart {
            issuer_and_serial: Some((b"root", &[1])),
            ..issuer(b"name", Some(b"id"))
        };
        assert_ne!(base, fingerprint(&[1; 32], &[2; 32], Some(with_serial)));
    }
}
