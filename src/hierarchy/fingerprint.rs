//! The digest of what a spec says of a certificate: it changes exactly when the bytes that the spec asks for change.

use sha2::{Digest as _, Sha256};

use super::{Entity, Lifetime};
use crate::catalog::extension::Value;

/// Names this form of the digest. A new form reissues nothing: where digests differ, the certificate itself decides.
const VERSION: &str = "pkiform entity 1";

/// SHA-256 over the resolved fields on which the certificate depends. Parts are length-prefixed, so that no two
/// different entities run together into one text.
pub(super) fn fingerprint(entity: &Entity) -> [u8; 32] {
    let mut parts = Parts(Sha256::new());
    parts.add(VERSION);
    parts.add(entity.kind.word());
    parts.add(entity.key.value.to_string());
    parts.add(entity.generation.value.to_string());
    parts.add(entity.subject.to_der().unwrap_or_default());
    parts.add(if entity.is_self_signed() {
        "self"
    } else {
        "issued"
    });
    parts.add(entity.digest.value.map_or("", |digest| digest.id()));
    match &entity.validity.not_before {
        Some(begin) => parts.add(begin.value.as_second().to_string()),
        None => parts.add("now"),
    }
    match entity.validity.lifetime {
        Lifetime::For(duration) => parts.add(duration.to_string()),
        Lifetime::Until(end) => parts.add(end.as_second().to_string()),
    }
    for extension in &entity.extensions {
        let resolved = &extension.resolved;
        parts.add(resolved.oid.as_bytes());
        parts.add(if resolved.critical { "critical" } else { "" });
        match (&extension.der, &resolved.value) {
            (Some(der), _) => parts.add(der),
            (None, Value::SubjectKeyIdentifier(method)) => parts.add(method.to_string()),
            (
                None,
                Value::AuthorityKeyIdentifier {
                    key_id,
                    issuer_serial,
                },
            ) => {
                parts.add(format!("key-id {key_id} issuer-serial {issuer_serial}"));
            }
            (None, other) => parts.add(format!("{other:?}")),
        }
    }
    parts.0.finalize().into()
}

struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0
            .update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(part);
    }
}
