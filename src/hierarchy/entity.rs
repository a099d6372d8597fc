//! One resolved entity: what its key, its certificate and its files shall be, with every default filled in.

use std::sync::Arc;

use camino::Utf8PathBuf;
use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use super::{GivenKey, Revocation};
use crate::catalog::extension::{KeyUsageBit, ResolvedExtension, San, Subtree, Value};
use crate::catalog::name::DistinguishedName;
use crate::catalog::{Artifact, Digest, KeyAlgorithm};
use crate::source::{Span, Spanned};
use crate::spec::{Duration, EntityKind, Kdf, Pkcs12Encryption, SecretRef, Window};

/// One thing that the spec declares, resolved. Only [`resolve`](super::resolve()) makes one.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Unique in the spec, and a path-safe name.
    pub id: String,
    /// The name of the table that declares it: `device` of `device-7`.
    pub family: String,
    /// What it ends as.
    pub kind: EntityKind,
    /// The id of its issuer; none for a self-signed certificate and for a key.
    pub issuer: Option<Spanned<String>>,
    /// The profile that it took.
    pub profile: Option<String>,
    /// The files that hold it already, if it is not pkiform's to make.
    pub external: Option<External>,
    /// The subject; empty for a key.
    pub subject: DistinguishedName,
    /// Where the subject is said, or the entity if nowhere.
    pub subject_span: Span,
    /// The algorithm of its own key.
    pub key: Spanned<KeyAlgorithm>,
    /// The public key that came with it, if one did: then no key is made.
    pub given_key: Option<GivenKey>,
    /// How its key file is encrypted, if it is.
    pub key_encryption: Option<KeyEncryption>,
    /// Whether a key file that has gone is drift; false where a key is handed out once.
    pub keep_key: bool,
    /// The spec's own count of its keys; a higher one asks for a new key.
    pub generation: Spanned<u32>,
    /// The digest that the spec asks for in the signature on its certificate; none: the one that fits the issuer's key.
    pub digest: Spanned<Option<Digest>>,
    /// When its certificate is valid, and when it is renewed.
    pub validity: Validity,
    /// The extensions of its certificate, in the order in which they stand there.
    pub extensions: Vec<Arc<EntityExtension>>,
    /// The files that it yields, in the order of [`Artifact::ALL`].
    pub outputs: Vec<Output>,
    /// How its PKCS#12 is made, if it has one.
    pub pkcs12: Pkcs12Settings,
    /// Why and since when its certificates are revoked, if they are.
    pub revoked: Option<Revocation>,
    /// How its CRL is dated, if it has one.
    pub crl: CrlSettings,
    /// The ids of the CAs whose certificates make up its `trust` artifact.
    pub trust: Vec<Spanned<String>>,
    /// The rules that it may break.
    pub allow: Vec<Spanned<String>>,
    /// Where it is declared: the name of its table.
    pub span: Span,
    /// The row or item that it is made for, if it is made for one; nowhere if that has no place of its own.
    pub row: Option<Span>,
    /// SHA-256 over the resolved fields on which the certificate's bytes depend.
    pub fingerprint: [u8; 32],
}

/// An extension, and its value where that does not depend on keys.
#[derive(Clone, Debug)]
pub struct EntityExtension {
    /// Its OID, criticality and value.
    pub resolved: ResolvedExtension,
    /// The DER of the value, encoded once for a whole fleet; none where it depends on keys.
    pub der: Option<Vec<u8>>,
}

impl EntityExtension {
    /// Encodes the value if it depends on no key.
    #[must_use]
    pub fn new(resolved: ResolvedExtension) -> Self {
        let constant = !resolved.value.depends_on_keys();
        let der = constant
            .then(|| resolved.value.encode_constant().ok())
            .flatten();
        Self { resolved, der }
    }
}

/// A CA that exists already: it is never written, and issues only if its key is given.
#[derive(Clone, Debug)]
pub struct External {
    /// The certificate's file, PEM or DER.
    pub cert: Spanned<Utf8PathBuf>,
    /// The key's file, if it may issue.
    pub key: Option<Spanned<Utf8PathBuf>>,
    /// Where the key's passphrase is got, if it has one.
    pub passphrase: Option<SecretRef>,
}

/// How a key file is encrypted.
#[derive(Clone, Debug)]
pub struct KeyEncryption {
    /// The key derivation.
    pub kdf: Kdf,
    /// Where its passphrase is got.
    pub passphrase: SecretRef,
}

/// How a PKCS#12 file is made (RFC 7292).
#[derive(Clone, Debug, Default)]
pub struct Pkcs12Settings {
    /// Where its passphrase is got.
    pub passphrase: Option<SecretRef>,
    /// The friendly name; the entity's id if none is said.
    pub alias: String,
    /// Its encryption.
    pub encryption: Pkcs12Encryption,
}

/// How a CA's CRL is dated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrlSettings {
    /// How long after its issue the next one is promised, if the spec says.
    pub validity: Option<Duration>,
    /// How long before that the next is issued.
    pub renew: Window,
    /// Where the validity is said.
    pub span: Span,
}

/// When a certificate is valid, and when it is renewed.
#[derive(Clone, Debug)]
pub struct Validity {
    /// Its beginning, if the spec fixes one; else the moment of issue.
    pub not_before: Option<Spanned<Timestamp>>,
    /// Its end.
    pub lifetime: Lifetime,
    /// By how much a beginning that the spec does not fix is set back, for clocks that are slow.
    pub backdate: Option<Duration>,
    /// When it is due.
    pub renew: Renew,
    /// Where the lifetime is said.
    pub span: Span,
}

/// The end of a validity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lifetime {
    /// This long after the moment of issue, or after the fixed beginning.
    For(Duration),
    /// At that moment.
    Until(Timestamp),
}

/// When a certificate is renewed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Renew {
    /// So long before its end.
    Before(Window),
    /// Never: it has left the house.
    Never,
}

/// A file that an entity yields.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// What it holds.
    pub artifact: Artifact,
    /// Where it lies, relative to the store.
    pub path: Utf8PathBuf,
    /// Its permissions on Unix.
    pub mode: u32,
    /// Its group on Unix, if it is not the user's.
    pub group: Option<String>,
    /// Its content, where that follows from the spec alone.
    pub text: Option<Arc<str>>,
    /// Where it is asked for.
    pub span: Span,
}

impl Validity {
    /// The validity of a certificate issued at `now`, not yet cut at the issuer's end; none if it leaves the calendar.
    #[must_use]
    pub fn from(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let now = Timestamp::from_second(now.as_second()).ok()?;
        let begin = match (&self.not_before, self.backdate) {
            (Some(fixed), _) => fixed.value,
            (None, Some(backdate)) => backdate.before(now)?,
            (None, None) => now,
        };
        let end = match self.lifetime {
            Lifetime::For(duration) => {
                duration.after(self.not_before.as_ref().map_or(now, |fixed| fixed.value))?
            }
            Lifetime::Until(end) => end,
        };
        Some((begin, end))
    }
}

impl Entity {
    /// Whether its certificate is signed by its own key.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.kind != EntityKind::Key && self.issuer.is_none()
    }

    /// Whether it is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.kind == EntityKind::Ca
    }

    /// Whether it has a certificate.
    #[must_use]
    pub fn has_certificate(&self) -> bool {
        self.kind != EntityKind::Key
    }

    /// The file of an artifact, if it yields it.
    #[must_use]
    pub fn output(&self, artifact: Artifact) -> Option<&Output> {
        self.outputs
            .iter()
            .find(|output| output.artifact == artifact)
    }

    /// The extension of this OID.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<&ResolvedExtension> {
        self.resolved_extensions()
            .find(|extension| extension.oid == oid)
    }

    /// Its extensions, in order.
    pub fn resolved_extensions(&self) -> impl Iterator<Item = &ResolvedExtension> {
        self.extensions.iter().map(|extension| &extension.resolved)
    }

    /// Basic constraints: whether it says CA, and its path length with the place where that is said (RFC 5280 §4.2.1.9).
    #[must_use]
    pub fn basic_constraints(&self) -> Option<(bool, Option<u8>, Span)> {
        self.resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::BasicConstraints { ca, path_length } => {
                    Some((*ca, *path_length, extension.span))
                }
                _ => None,
            })
    }

    /// Key usage, and its place (RFC 5280 §4.2.1.3).
    #[must_use]
    pub fn key_usage(&self) -> Option<(&[KeyUsageBit], Span)> {
        self.resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::KeyUsage(bits) => Some((bits.as_slice(), extension.span)),
                _ => None,
            })
    }

    /// Extended key usage, and its place (RFC 5280 §4.2.1.12).
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<(&[ObjectIdentifier], Span)> {
        self.resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::ExtendedKeyUsage(purposes) => Some((purposes.as_slice(), extension.span)),
                _ => None,
            })
    }

    /// Subject alternative names, none if it has none (RFC 5280 §4.2.1.6).
    #[must_use]
    pub fn san(&self) -> &[San] {
        self.resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::SubjectAltName(names) => Some(names.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// Name constraints: permitted and excluded subtrees, and their place (RFC 5280 §4.2.1.10).
    #[must_use]
    pub fn name_constraints(&self) -> Option<(&[Subtree], &[Subtree], Span)> {
        self.resolved_extensions()
            .find_map(|extension| match &extension.value {
                Value::NameConstraints {
                    permitted,
                    excluded,
                } => Some((permitted.as_slice(), excluded.as_slice(), extension.span)),
                _ => None,
            })
    }
}
