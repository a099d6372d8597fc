//! Why a plan does what it does: data, and the one place that makes sentences of it.

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::RevocationReason;

/// One cause of a step. `Display` is the sentence beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "reason",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Reason {
    /// Nothing of it is on disk.
    New,
    /// A field of the certificate differs from the spec.
    Field {
        /// Its name, as `subject common_name`.
        field: String,
        /// What the certificate says; `None` if it lacks the field.
        old: Option<String>,
        /// What the spec says; `None` if it takes the field away.
        new: Option<String>,
    },
    /// The issuer's subject is no longer the name in the certificate.
    IssuerName,
    /// The issuer has (or gets) another key than the one that signed the certificate.
    IssuerKey,
    /// Its issuer gets a new certificate, whose serial stands in this one (RFC 5280 §4.2.1.1).
    IssuerCertificate,
    /// Another entity issues it now.
    Issuer {
        /// The issuer so far.
        old: String,
        /// The issuer that the spec names.
        new: String,
    },
    /// The spec asks for another key algorithm.
    KeyAlgorithm {
        /// What the key on disk is.
        old: String,
        /// What the spec says.
        new: String,
    },
    /// The spec raised the entity's generation, its word for a new key.
    Generation {
        /// The generation of the key on disk.
        old: u32,
        /// The spec's.
        new: u32,
    },
    /// The spec or its row gives another public key than the certificate's.
    GivenKey,
    /// The key is not the one that the seed gives.
    Seed,
    /// The entity had another id, and a seeded key belongs to its id.
    Renamed {
        /// The id so far.
        old: String,
    },
    /// The next epoch has begun, and everything is valid from then.
    Epoch {
        /// Where its certificate begins now.
        begins: Timestamp,
    },
    /// The CA has no CRL yet.
    CrlNew,
    /// Its CRL lists others now.
    CrlChanges {
        /// The entities whose certificates are listed for the first time, and why.
        revoked: Vec<NewlyRevoked>,
        /// Those that are no longer on hold.
        released: Vec<String>,
        /// Those of whose revocation it says another thing.
        amended: Vec<String>,
    },
    /// Its CRL shall hold for another time.
    CrlHolds {
        /// Until when it will.
        next_update: Timestamp,
    },
    /// The next CRL is due.
    CrlDue {
        /// When it was promised.
        next_update: Timestamp,
    },
    /// The private key that the lock or a certificate knows is not there.
    KeyMissing {
        /// Where it should be.
        path: Utf8PathBuf,
    },
    /// The private key is not that of the certificate.
    KeyMismatch {
        /// Where the key is.
        path: Utf8PathBuf,
    },
    /// The certificate has ended.
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// The certificate ends within its renewal window.
    EndsSoon {
        /// When.
        not_after: Timestamp,
    },
    /// The declared validity changed.
    Validity {
        /// From when to when the certificate is valid, or its lifetime.
        old: String,
        /// The spec's.
        new: String,
    },
    /// The certificate is not on disk, though its key is.
    CertificateMissing {
        /// Where it should be.
        path: Utf8PathBuf,
    },
    /// A file's content is not what was written there.
    ChangedByHand {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file that holds what no certificate or key can be read from.
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// A derived file is not on disk.
    FileMissing {
        /// Where it should be.
        path: Utf8PathBuf,
    },
    /// The spec asks for a file that was not asked for before, or at another path.
    OutputAdded {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The spec no longer asks for a file.
    OutputRemoved {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file can be read by others than the spec lets.
    Mode {
        /// The file.
        path: Utf8PathBuf,
        /// Its permission bits.
        old: u32,
        /// The spec's.
        new: u32,
    },
    /// The key file shall be encrypted, or no longer, or otherwise.
    KeyEncryption {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The spec asks for other contents of the derived files (chain, bundle, PKCS#12's settings).
    Packaging,
    /// A certificate above it changes, and its chain holds a copy.
    ChainChanges,
    /// The user asked for it (`--repackage`).
    Requested,
    /// The files are as the spec says, and the lock does not know them.
    UnknownToLock,
    /// It left the spec.
    LeftSpec,
}

/// An entity whose certificate comes into a CRL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NewlyRevoked {
    /// Its id.
    pub id: String,
    /// Why it is revoked.
    pub reason: RevocationReason,
}

/// A value of a name in quotes, since it may have spaces; any other as it is.
fn quoted(field: &str, value: &str) -> String {
    if field.starts_with("subject ") {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Field { field, old, new } => match (old, new) {
                (Some(old), Some(new)) => {
                    write!(
                        f,
                        "{field} {} -> {}",
                        quoted(field, old),
                        quoted(field, new)
                    )
                }
                (None, Some(new)) => write!(f, "{field} {} is added", quoted(field, new)),
                (Some(old), None) => write!(f, "{field} {} is taken away", quoted(field, old)),
                (None, None) => write!(f, "{field} changes"),
            },
            Self::IssuerName => f.write_str("its issuer's name changes"),
            Self::IssuerKey => f.write_str("its issuer's key changes"),
            Self::IssuerCertificate => f.write_str("its issuer's serial changes"),
            Self::Issuer { old, new } => write!(f, "its issuer was {old} and is {new} now"),
            Self::KeyAlgorithm { old, new } => write!(f, "key {old} -> {new}"),
            Self::Generation { old, new } => write!(f, "generation {old} -> {new}"),
            Self::GivenKey => f.write_str("another public key is given"),
            Self::Seed => f.write_str("its key is not the seed's"),
            Self::Renamed { old } => {
                write!(f, "was {old} before; the seed gives each id its own key")
            }
            Self::Epoch { begins } => write!(f, "the epoch begins on {} now", day(*begins)),
            Self::CrlNew => f.write_str("its first CRL"),
            Self::CrlChanges {
                revoked,
                released,
                amended,
            } => {
                let parts = [
                    ("it revokes", reasoned(revoked)),
                    ("it releases", named(released)),
                    ("what it says changes of", named(amended)),
                ];
                let said: Vec<String> = parts
                    .into_iter()
                    .filter(|(_, who)| !who.is_empty())
                    .map(|(what, who)| format!("{what} {who}"))
                    .collect();
                f.write_str(&said.join(", "))
            }
            Self::CrlHolds { next_update } => {
                write!(f, "its CRL shall hold until {}", day(*next_update))
            }
            Self::CrlDue { next_update } => {
                write!(f, "its next CRL is promised for {}", day(*next_update))
            }
            Self::KeyMissing { path } => write!(f, "its private key {path} is missing"),
            Self::KeyMismatch { path } => write!(f, "{path} is not the certificate's key"),
            Self::Expired { not_after } => write!(f, "expired on {}", day(*not_after)),
            Self::EndsSoon { not_after } => {
                write!(f, "ends on {}, within its renewal window", day(*not_after))
            }
            Self::Validity { old, new } => write!(f, "validity {old} -> {new}"),
            Self::ChangedByHand { path } => write!(f, "{path} was changed by hand"),
            Self::Unreadable { path, fault } => write!(f, "{path} cannot be read: {fault}"),
            Self::CertificateMissing { path } | Self::FileMissing { path } => {
                write!(f, "{path} is missing")
            }
            Self::OutputAdded { path } => write!(f, "{path} is added"),
            Self::OutputRemoved { path } => write!(f, "{path} is no longer asked for"),
            Self::Mode { path, old, new } => write!(f, "mode of {path} {old:04o} -> {new:04o}"),
            Self::KeyEncryption { path } => write!(f, "the encryption of {path} changes"),
            Self::Packaging => f.write_str("what goes into its bundles changes"),
            Self::ChainChanges => f.write_str("a certificate of its chain changes"),
            Self::Requested => f.write_str("asked for"),
            Self::UnknownToLock => {
                f.write_str("its files are as the spec says, the lock lacked them")
            }
            Self::LeftSpec => f.write_str("no longer in the spec"),
        }
    }
}

/// Who is revoked and why: a reason that several have is said once.
fn reasoned(revoked: &[NewlyRevoked]) -> String {
    let mut by_reason: BTreeMap<RevocationReason, Vec<String>> = BTreeMap::new();
    for one in revoked {
        by_reason
            .entry(one.reason)
            .or_default()
            .push(one.id.clone());
    }
    let said: Vec<String> = by_reason
        .iter()
        .map(|(reason, ids)| match reason {
            RevocationReason::Unspecified => named(ids),
            reason => format!("{} ({reason})", named(ids)),
        })
        .collect();
    said.join(", ")
}

/// The first of many names.
pub(super) fn named(ids: &[String]) -> String {
    const MOST: usize = 3;
    let shown: Vec<&str> = ids.iter().take(MOST).map(String::as_str).collect();
    match ids.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The date of a time, in UTC.
pub(super) fn day(time: Timestamp) -> String {
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date()
        .to_string()
}
