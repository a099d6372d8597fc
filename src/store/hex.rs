//! Digests in JSON: 64 hexadecimal digits.

use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(
    digest: &[u8; 32],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(digest))
}

pub(super) fn encode(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; 32], D::Error> {
    decode(&String::deserialize(deserializer)?)
        .ok_or_else(|| de::Error::custom("expected the 64 hexadecimal digits of a SHA-256"))
}

pub(super) fn decode(text: &str) -> Option<[u8; 32]> {
    data_encoding::HEXLOWER
        .decode(text.as_bytes())
        .ok()?
        .try_into()
        .ok()
}

/// A digest that may be absent.
pub(super) mod option {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::ref_option, reason = "serde passes the field so")]
    pub(in crate::store) fn serialize<S: Serializer>(
        digest: &Option<[u8; 32]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match digest {
            Some(digest) => super::serialize(digest, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<[u8; 32]>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            Some(text) => super::decode(&text).map(Some).ok_or_else(|| {
                de::Error::custom("expected the 64 hexadecimal digits of a SHA-256")
            }),
            None => Ok(None),
        }
    }
}
