//! Certificates alone and in bundles: `cert`, `cert-der`, `chain`, `fullchain`, `ca`, `trust`.

use zeroize::Zeroizing;

use super::Material;

type Bytes = Zeroizing<Vec<u8>>;

/// The certificate as PEM (RFC 7468 §5).
pub(super) fn cert(material: &Material<'_>) -> Bytes {
    bytes(material.certificate_pem)
}

/// The certificate as DER.
pub(super) fn cert_der(material: &Material<'_>) -> Bytes {
    Zeroizing::new(material.certificate_der.to_vec())
}

/// The issuers without the root, the nearest first; empty directly under a root.
pub(super) fn chain(material: &Material<'_>) -> Bytes {
    bytes(material.issuer.map_or("", |issuer| &issuer.chain_pem))
}

/// The certificate and its chain, as a TLS server sends them (RFC 8446 §4.4.2).
pub(super) fn fullchain(material: &Material<'_>) -> Bytes {
    let chain = material.issuer.map_or("", |issuer| &issuer.chain_pem);
    let mut all = Vec::with_capacity(material.certificate_pem.len().saturating_add(chain.len()));
    all.extend_from_slice(material.certificate_pem.as_bytes());
    all.extend_from_slice(chain.as_bytes());
    Zeroizing::new(all)
}

/// The root; of what is self-signed the certificate itself.
pub(super) fn ca(material: &Material<'_>) -> Bytes {
    bytes(
        material
            .issuer
            .map_or(material.certificate_pem, |issuer| &issuer.root_pem),
    )
}

/// The chosen trust anchors; of what is self-signed, if none are chosen, the certificate itself.
pub(super) fn trust(material: &Material<'_>) -> Bytes {
    if material.issuer.is_none() && material.entity.trust.is_empty() {
        return cert(material);
    }
    bytes(material.trust_pem)
}

fn bytes(text: &str) -> Bytes {
    Zeroizing::new(text.as_bytes().to_vec())
}
