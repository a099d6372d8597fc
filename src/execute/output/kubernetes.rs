//! `kubernetes-secret`: a Secret of type `kubernetes.io/tls`, with the root beside key and chain.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::{Material, OutputError, certificates, key};

/// The manifest. Its values are base64, and its name was checked with the spec: nothing in it needs quotes.
pub(super) fn secret(material: &Material<'_>) -> Result<Zeroizing<Vec<u8>>, OutputError> {
    let certificate = BASE64.encode(&certificates::fullchain(material));
    let key = key::pem(material)?;
    let key = Zeroizing::new(BASE64.encode(&key));
    let ca = BASE64.encode(&certificates::ca(material));
    let name = &material.entity.id;
    let parts = [
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: \"",
        name,
        "\"\ndata:\n  ca.crt: ",
        &ca,
        "\n  tls.crt: ",
        &certificate,
        "\n  tls.key: ",
        &key,
        "\n",
    ];
    let length = parts.iter().map(|part| part.len()).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
    Ok(text)
}
