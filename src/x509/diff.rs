//! How two certificates differ, field by field, in words for people.

use der::{Decode, Encode};
use serde::Serialize;

use super::tbs::Tbs;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    /// The field: `subject common_name`, `lifetime`, `key usage`.
    pub field: String,
    /// What it is now; none if it is not there.
    pub old: Option<String>,
    /// What it would be; none if it goes.
    pub new: Option<String>,
}

/// The differences between two TBSCertificates, in the order of the fields.
pub(super) fn diff(old: &[u8], new: &[u8]) -> der::Result<Vec<FieldDiff>> {
    let mut rows = Vec::new();
    if old == new {
        return Ok(rows);
    }
    let (old, new) = (Tbs::from_der(old)?, Tbs::from_der(new)?);
    if old.subject != new.subject {
        let hex = |any: der::asn1::AnyRef<'_>| {
            any.to_der().map(|der| data_encoding::HEXLOWER.encode(&der))
        };
        rows.push(FieldDiff {
            field: "subject".into(),
            old: hex(old.subject).ok(),
            new: hex(new.subject).ok(),
        });
    }
    Ok(rows)
}
