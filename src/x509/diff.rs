//! How two certificates differ, field by field, in words for people.

use std::fmt;

use const_oid::db::DB;
use der::asn1::AnyRef;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_cert::name::Name;

use super::read::positive;
use super::tbs::{Extension, Tbs};
use super::{serial, time};
use crate::catalog::name::Attribute;
use crate::catalog::{DistinguishedName, KeyAlgorithm, extension};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    /// The field: `subject common_name`, `lifetime`, `key_usage`.
    pub field: String,
    /// What it is now; none if it is not there.
    pub old: Option<String>,
    /// What it would be; none if it goes.
    pub new: Option<String>,
}

impl FieldDiff {
    fn between(field: impl Into<String>, old: impl Into<String>, new: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            old: Some(old.into()),
            new: Some(new.into()),
        }
    }
}

/// `subject common_name "A" -> "B"`, `key ecdsa-p256 -> rsa-3072`, `tls_feature status_request is new`.
impl fmt::Display for FieldDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_name = self.field.starts_with("subject ") || self.field.starts_with("issuer ");
        let value = |text: &str| {
            if is_name {
                format!("\"{text}\"")
            } else {
                text.to_owned()
            }
        };
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => {
                write!(f, "{} {} -> {}", self.field, value(old), value(new))
            }
            (None, Some(new)) => write!(f, "{} {} is new", self.field, value(new)),
            (Some(old), None) => write!(f, "{} {} goes", self.field, value(old)),
            (None, None) => f.write_str(&self.field),
        }
    }
}

/// The differences between two `TBSCertificates`, in the order of the fields.
pub(super) fn diff(old: &[u8], new: &[u8]) -> der::Result<Vec<FieldDiff>> {
    let mut rows = Vec::new();
    if old == new {
        return Ok(rows);
    }
    let (old, new) = (Tbs::from_der(old)?, Tbs::from_der(new)?);
    if old.version != new.version {
        let name = |tbs: &Tbs<'_>| format!("{:?}", tbs.version).to_lowercase();
        rows.push(FieldDiff::between("version", name(&old), name(&new)));
    }
    if old.serial != new.serial {
        let hex = |tbs: &Tbs<'_>| serial::to_hex(positive(tbs.serial.as_bytes()));
        rows.push(FieldDiff::between("serial", hex(&old), hex(&new)));
    }
    if old.signature != new.signature {
        let name = |tbs: &Tbs<'_>| oid_name(tbs.signature.oid);
        rows.push(FieldDiff::between(
            "signature algorithm",
            name(&old),
            name(&new),
        ));
    }
    names("issuer", old.issuer, new.issuer, &mut rows)?;
    validity(&old, &new, &mut rows)?;
    names("subject", old.subject, new.subject, &mut rows)?;
    public_keys(old.public_key, new.public_key, &mut rows)?;
    if (old.issuer_unique_id, old.subject_unique_id)
        != (new.issuer_unique_id, new.subject_unique_id)
    {
        rows.push(FieldDiff {
            field: "unique identifiers".to_owned(),
            old: None,
            new: None,
        });
    }
    extensions(&old, &new, &mut rows);
    Ok(rows)
}

/// One row for each type of attribute whose values differ; one for the whole name if only its order or its types do.
fn names(
    field: &str,
    old: AnyRef<'_>,
    new: AnyRef<'_>,
    rows: &mut Vec<FieldDiff>,
) -> der::Result<()> {
    if old == new {
        return Ok(());
    }
    let read = |any: AnyRef<'_>| {
        Name::from_der(&any.to_der()?).map(|name| DistinguishedName::from_name(&name))
    };
    let (old, new) = (read(old)?, read(new)?);
    let before = rows.len();
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    for attribute in old.attributes().chain(new.attributes()) {
        if seen.contains(&attribute.oid) {
            continue;
        }
        seen.push(attribute.oid);
        let values = |name: &DistinguishedName| {
            let same = name.attributes().filter(|other| other.oid == attribute.oid);
            let values: Vec<&str> = same.map(|other| other.value.as_str()).collect();
            (!values.is_empty()).then(|| values.join(", "))
        };
        let (old, new) = (values(&old), values(&new));
        if old != new {
            rows.push(FieldDiff {
                field: format!("{field} {}", attribute_name(attribute)),
                old,
                new,
            });
        }
    }
    if rows.len() == before {
        let row = if old.to_string() == new.to_string() {
            FieldDiff::between(
                format!("{field}'s string types"),
                string_types(&old),
                string_types(&new),
            )
        } else {
            FieldDiff::between(field, old.to_string(), new.to_string())
        };
        rows.push(row);
    }
    Ok(())
}

fn attribute_name(attribute: &Attribute) -> String {
    if attribute.name.is_empty() {
        attribute.oid.to_string()
    } else {
        attribute.name.to_owned()
    }
}

fn string_types(name: &DistinguishedName) -> String {
    let types: Vec<_> = name
        .attributes()
        .map(|attribute| format!("{:?}", attribute.string_type).to_lowercase())
        .collect();
    types.join(", ")
}

/// The lifetime in one row where the beginning stays; else the dates.
fn validity(old: &Tbs<'_>, new: &Tbs<'_>, rows: &mut Vec<FieldDiff>) -> der::Result<()> {
    if old.validity == new.validity {
        return Ok(());
    }
    let dates = |tbs: &Tbs<'_>| {
        let begin = time::to_timestamp(tbs.validity.not_before)?;
        Ok::<_, der::Error>((begin, time::to_timestamp(tbs.validity.not_after)?))
    };
    let ((old_begin, old_end), (new_begin, new_end)) = (dates(old)?, dates(new)?);
    let before = rows.len();
    if old_begin != new_begin {
        rows.push(FieldDiff::between(
            "not_before",
            time::show(old_begin),
            time::show(new_begin),
        ));
        if old_end != new_end {
            rows.push(FieldDiff::between(
                "not_after",
                time::show(old_end),
                time::show(new_end),
            ));
        }
    } else if old_end != new_end {
        let lifetime = |end: jiff::Timestamp| {
            if end == time::NO_END {
                return "without end".to_owned();
            }
            lifetime(end.as_second().saturating_sub(old_begin.as_second()))
        };
        rows.push(FieldDiff::between(
            "lifetime",
            lifetime(old_end),
            lifetime(new_end),
        ));
    }
    if rows.len() == before {
        let types = |tbs: &Tbs<'_>| format!("{:?}", tbs.validity);
        rows.push(FieldDiff::between(
            "validity's time types",
            types(old),
            types(new),
        ));
    }
    Ok(())
}

/// Seconds in the largest unit that holds them whole: `30 d`, `12 h`.
fn lifetime(seconds: i64) -> String {
    [(86_400, "d"), (3600, "h"), (60, "min")]
        .into_iter()
        .find(|(unit, _)| seconds != 0 && seconds % unit == 0)
        .map_or_else(
            || format!("{seconds} s"),
            |(unit, name)| format!("{} {name}", seconds / unit),
        )
}

fn public_keys(old: AnyRef<'_>, new: AnyRef<'_>, rows: &mut Vec<FieldDiff>) -> der::Result<()> {
    if old == new {
        return Ok(());
    }
    let (old, new) = (old.to_der()?, new.to_der()?);
    let name = |der: &[u8]| {
        KeyAlgorithm::from_spki_der(der).map_or_else(
            || "an unknown algorithm".to_owned(),
            |found| found.id().into_owned(),
        )
    };
    let (old_name, new_name) = (name(&old), name(&new));
    rows.push(if old_name == new_name {
        FieldDiff::between("public key", fingerprint(&old), fingerprint(&new))
    } else {
        FieldDiff::between("key", old_name, new_name)
    });
    Ok(())
}

/// Enough of the SHA-256 to tell two keys apart by eye.
fn fingerprint(der: &[u8]) -> String {
    let digest = Sha256::digest(der);
    data_encoding::HEXLOWER.encode(digest.get(..8).unwrap_or_default())
}

/// One row for each OID whose extensions differ; one for the order if nothing else does.
fn extensions(old: &Tbs<'_>, new: &Tbs<'_>, rows: &mut Vec<FieldDiff>) {
    let (old, new) = (list(old), list(new));
    if old == new {
        return;
    }
    let before = rows.len();
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    for extension in old.iter().chain(new) {
        if seen.contains(&extension.oid) {
            continue;
        }
        seen.push(extension.oid);
        let of = |list: &[Extension<'_>]| -> Vec<(bool, Vec<u8>)> {
            list.iter()
                .filter(|other| other.oid == extension.oid)
                .map(|other| (other.critical, other.value.as_bytes().to_vec()))
                .collect()
        };
        let (old, new) = (of(old), of(new));
        if old != new {
            rows.push(extension_row(extension.oid, &old, &new));
        }
    }
    if rows.len() == before {
        let order = |list: &[Extension<'_>]| {
            let names: Vec<_> = list
                .iter()
                .map(|extension| extension::describe(&extension.oid, extension.value.as_bytes()).0)
                .collect();
            names.join(", ")
        };
        rows.push(FieldDiff::between(
            "order of extensions",
            order(old),
            order(new),
        ));
    }
}

fn list<'a>(tbs: &'a Tbs<'_>) -> &'a [Extension<'a>] {
    tbs.extensions.as_deref().unwrap_or_default()
}

fn extension_row(
    oid: ObjectIdentifier,
    old: &[(bool, Vec<u8>)],
    new: &[(bool, Vec<u8>)],
) -> FieldDiff {
    let any = old
        .first()
        .or(new.first())
        .map(|(_, der)| der.as_slice())
        .unwrap_or_default();
    let (field, _) = extension::describe(&oid, any);
    let critical = |list: &[(bool, Vec<u8>)]| list.iter().any(|(critical, _)| *critical);
    let criticality_changes = !old.is_empty() && !new.is_empty() && critical(old) != critical(new);
    let words = |list: &[(bool, Vec<u8>)], in_hex: bool| {
        let value = |(critical, der): &(bool, Vec<u8>)| {
            let text = if in_hex {
                data_encoding::HEXLOWER.encode(der)
            } else {
                extension::describe(&oid, der).1.join(", ")
            };
            match (criticality_changes, *critical) {
                (true, true) => format!("{text} (critical)"),
                (true, false) => format!("{text} (not critical)"),
                (false, _) => text,
            }
        };
        (!list.is_empty()).then(|| list.iter().map(value).collect::<Vec<_>>().join("; "))
    };
    // What reads alike and is not the same is told apart by its octets.
    let alike = words(old, false) == words(new, false);
    FieldDiff {
        field,
        old: words(old, alike),
        new: words(new, alike),
    }
}

fn oid_name(oid: ObjectIdentifier) -> String {
    DB.by_oid(&oid)
        .map_or_else(|| oid.to_string(), str::to_owned)
}
