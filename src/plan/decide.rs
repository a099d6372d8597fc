//! The decision on one entity, from what is known of it alone: which action, and why.

use jiff::Timestamp;

use crate::catalog::KeyAlgorithm;
use crate::hierarchy::Validity;

use super::validity::{self, Dates, Undatable};
use super::{Action, Reason};

/// What is seen of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenKey {
    /// No file.
    Missing,
    /// A key, and SHA-256 of its public half.
    Here {
        public_key: [u8; 32],
        algorithm: Option<KeyAlgorithm>,
    },
    /// An encrypted key, which planning does not open.
    Sealed,
    /// A file that is no key.
    Broken(String),
}

/// What is seen of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenCertificate {
    /// No file.
    Missing,
    /// A file that is no certificate.
    Broken(String),
    /// A certificate.
    Here {
        /// SHA-256 of its SubjectPublicKeyInfo.
        public_key: [u8; 32],
        /// The key's algorithm, if a spec has a name for it.
        algorithm: Option<KeyAlgorithm>,
        /// Its dates.
        dates: Dates,
        /// Whether the file is the one that the lock knows.
        locked: bool,
    },
}

/// What the lock says of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) public_key: Option<[u8; 32]>,
    pub(super) algorithm: Option<KeyAlgorithm>,
    pub(super) generation: u32,
    /// The dates of its certificate.
    pub(super) dates: Option<Dates>,
    /// Whether its fingerprint is that of the spec, the key and the issuer as they will be.
    pub(super) same: bool,
}

/// How a certificate compares with the one that the spec asks for, its serial and dates left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The same bytes, and signed by its issuer's key.
    Equal,
    /// The very certificate that the lock knows, in a file that was edited around it.
    Edited,
    /// It differs, in these fields.
    Differs(Vec<Reason>),
    /// It differs, and its issuer's key did not sign it.
    Foreign,
}

/// What a seed says of an entity's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Keys are random.
    Random,
    /// The key that is known, or lies there, is the one that the seed gives; or there is none yet.
    Seed,
    /// Another key is known, or lies there, than the one that the seed gives.
    Elsewhere,
}

/// What the spec wants of an entity.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own, asked at one place"
)]
pub(super) struct Wanted<'a> {
    pub(super) algorithm: KeyAlgorithm,
    pub(super) generation: u32,
    /// Whether a private key that is not on disk is a fault.
    pub(super) keeps_key: bool,
    pub(super) self_signed: bool,
    /// Whether the key is another's, and only its public half is here.
    pub(super) given: bool,
    pub(super) origin: Origin,
    /// Whether its certificates are revoked: then none is renewed.
    pub(super) revoked: bool,
    /// Of what is revoked, or beneath what is, where dates come from an epoch: those that it keeps in the next.
    pub(super) held: Option<Dates>,
    /// `None` for a bare key.
    pub(super) validity: Option<&'a Validity>,
}

/// What the plan makes of an entity's issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Above {
    /// It gets a new key.
    pub(super) new_key: bool,
    /// It gets a new certificate, and the authority key identifier names its serial.
    pub(super) new_serial: bool,
    /// The end of its certificate after the plan; `None` for what is self-signed.
    pub(super) not_after: Option<Timestamp>,
}

/// What is done with an entity, before its derived files are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) action: Action,
    pub(super) reasons: Vec<Reason>,
    /// The certificate's dates after the step.
    pub(super) dates: Option<Dates>,
    /// What the user must say first.
    pub(super) word: Option<Word>,
    /// The certificate is right and its file is not: it is written again as it is.
    pub(super) restore: bool,
    /// Whether the certificate is due and a new one would not end later.
    pub(super) stuck: Option<Reason>,
}

/// What is not done without the user's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A private key is replaced.
    ReplaceKey,
    /// A private key that is known is not on disk.
    MissingKey,
    /// The private key on disk is another than the certificate's.
    OtherKey,
    /// The private key cannot be read.
    BrokenKey(String),
    /// A certificate that neither the lock nor the issuer knows stands where one is to be written.
    ForeignCertificate,
    /// The entity had another id, under which its seed gave it another key.
    Renamed(String),
}

/// Where an entity's own files are, for the sentences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<'a> {
    pub(super) key: &'a camino::Utf8Path,
    pub(super) certificate: &'a camino::Utf8Path,
}

/// Everything that bears on an entity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) key: &'a SeenKey,
    pub(super) certificate: &'a SeenCertificate,
    pub(super) known: Option<&'a Known>,
    pub(super) above: Above,
    pub(super) places: Places<'a>,
    /// Whether the user lets the key be replaced.
    pub(super) allowed: bool,
    /// The moment of the run.
    pub(super) now: Timestamp,
    /// The moment from which relative dates count: that of the run, or an epoch.
    pub(super) epoch: Timestamp,
}

/// Decides. `compare` is asked only where a digest does not settle it.
pub(super) fn decide(
    case: &Case<'_>,
    compare: impl FnOnce() -> Comparison,
) -> Result<Decision, Undatable> {
    match key_fate(case) {
        KeyFate::Make => case.issue(Action::Create, vec![Reason::New], None),
        KeyFate::Replace(reasons, word) => {
            case.issue(Action::Rekey, reasons, word.filter(|_| !case.allowed))
        }
        KeyFate::Stay(word) => certificate_fate(case, word, None, compare),
        KeyFate::TakeUp => certificate_fate(
            case,
            None,
            Some(if case.wanted.given {
                Reason::GivenKey
            } else {
                Reason::KeyMismatch {
                    path: case.places.key.into(),
                }
            }),
            compare,
        ),
    }
}

/// What becomes of the private key.
enum KeyFate {
    /// There is none yet.
    Make,
    /// A new one takes its place.
    Replace(Vec<Reason>, Option<Word>),
    /// It stays, if the user need not speak first.
    Stay(Option<Word>),
    /// The one on disk is another than before, and the user lets it be certified.
    TakeUp,
}

fn key_fate(case: &Case<'_>) -> KeyFate {
    let certified = match case.certificate {
        SeenCertificate::Here {
            public_key,
            algorithm,
            ..
        } => Some((*public_key, *algorithm)),
        _ => None,
    };
    let locked = case
        .known
        .and_then(|known| Some((known.public_key?, known.algorithm)));
    let here = match case.key {
        SeenKey::Here {
            public_key,
            algorithm,
        } => Some((*public_key, *algorithm)),
        _ => None,
    };
    let known = locked.or(certified);
    if case.wanted.given {
        // It is the row that says whose key it is: another one needs no word, since none of ours is lost.
        return match (here, certified.or(locked)) {
            (Some((given, _)), Some((old, _))) if given != old => KeyFate::TakeUp,
            (_, Some(_)) => KeyFate::Stay(None),
            (_, None) => KeyFate::Make,
        };
    }
    if here.is_none() && known.is_none() {
        return match case.key {
            SeenKey::Missing => KeyFate::Make,
            SeenKey::Broken(fault) => broken(case, fault),
            SeenKey::Here { .. } | SeenKey::Sealed => KeyFate::Stay(None),
        };
    }
    let mut reasons = Vec::new();
    if let Some(old) = here.or(known).and_then(|(_, algorithm)| algorithm)
        && old != case.wanted.algorithm
    {
        reasons.push(Reason::KeyAlgorithm {
            old: old.to_string(),
            new: case.wanted.algorithm.to_string(),
        });
    }
    // Where the key is no longer the lock's, a run that died has replaced it already.
    let replaced = here.is_some_and(|(key, _)| locked.is_some_and(|(old, _)| old != key));
    if let Some(known) = case.known
        && known.generation < case.wanted.generation
        && !replaced
    {
        reasons.push(Reason::Generation {
            old: known.generation,
            new: case.wanted.generation,
        });
    }
    if case.wanted.origin == Origin::Elsewhere {
        reasons.push(Reason::Seed);
    }
    if !reasons.is_empty() {
        // A higher generation is the spec's own word for a new key.
        let said = reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Generation { .. }));
        return KeyFate::Replace(reasons, (!said).then_some(Word::ReplaceKey));
    }
    match case.key {
        // It is derived again, the very same.
        SeenKey::Missing if case.wanted.origin == Origin::Seed => KeyFate::Stay(None),
        // A key that was handed out is known by its certificate; without that there is nothing to certify again.
        SeenKey::Missing if !case.wanted.keeps_key && certified.is_none() => {
            let reason = Reason::CertificateMissing {
                path: case.places.certificate.into(),
            };
            KeyFate::Replace(vec![reason], None)
        }
        SeenKey::Missing if !case.wanted.keeps_key => KeyFate::Stay(None),
        SeenKey::Missing if case.allowed => KeyFate::Replace(
            vec![Reason::KeyMissing {
                path: case.places.key.into(),
            }],
            None,
        ),
        SeenKey::Missing => KeyFate::Stay(Some(Word::MissingKey)),
        SeenKey::Broken(fault) => broken(case, fault),
        SeenKey::Sealed => KeyFate::Stay(None),
        SeenKey::Here { public_key, .. } => {
            let fits =
                |other: Option<([u8; 32], _)>| other.is_some_and(|(key, _)| key == *public_key);
            // A run that died after it had replaced the key, as a higher generation asked.
            let raised = case
                .known
                .is_some_and(|known| known.generation < case.wanted.generation);
            if known.is_none() || fits(locked) || fits(certified) {
                KeyFate::Stay(None)
            } else if case.allowed || raised {
                KeyFate::TakeUp
            } else {
                KeyFate::Stay(Some(Word::OtherKey))
            }
        }
    }
}

fn broken(case: &Case<'_>, fault: &str) -> KeyFate {
    let reason = Reason::Unreadable {
        path: case.places.key.into(),
        fault: fault.to_owned(),
    };
    KeyFate::Replace(vec![reason], Some(Word::BrokenKey(fault.to_owned())))
}

/// What becomes of the certificate when the key stays.
fn certificate_fate(
    case: &Case<'_>,
    word: Option<Word>,
    cause: Option<Reason>,
    compare: impl FnOnce() -> Comparison,
) -> Result<Decision, Undatable> {
    let mut reasons: Vec<Reason> = cause.into_iter().collect();
    let Some(validity) = case.wanted.validity else {
        let action = match (case.known, case.key) {
            (Some(_), _) => Action::Keep,
            (None, SeenKey::Missing) => Action::Create,
            (None, _) => Action::Adopt,
        };
        if action == Action::Adopt {
            reasons.push(Reason::UnknownToLock);
        }
        return Ok(Decision {
            action,
            reasons,
            dates: None,
            word,
            restore: false,
            stuck: None,
        });
    };
    let (mut dates, locked) = match case.certificate {
        SeenCertificate::Missing => {
            reasons.push(Reason::CertificateMissing {
                path: case.places.certificate.into(),
            });
            return case.issue(Action::Reissue, reasons, word);
        }
        SeenCertificate::Broken(fault) => {
            reasons.push(Reason::Unreadable {
                path: case.places.certificate.into(),
                fault: fault.clone(),
            });
            return case.issue(Action::Reissue, reasons, word);
        }
        SeenCertificate::Here { dates, locked, .. } => (*dates, *locked),
    };
    if case.above.new_key {
        reasons.push(Reason::IssuerKey);
    }
    if case.above.new_serial {
        reasons.push(Reason::IssuerCertificate);
    }
    let mut word = word;
    let mut adopt = false;
    let mut restore = false;
    let settled = locked && case.known.is_some_and(|known| known.same);
    if reasons.is_empty() && !settled {
        let by_hand = || Reason::ChangedByHand {
            path: case.places.certificate.into(),
        };
        match compare() {
            // With another serial than the lock's it is the work of a run that died before it wrote the lock.
            Comparison::Equal => adopt = true,
            Comparison::Edited => restore = true,
            Comparison::Differs(fields) => {
                if !locked && case.known.is_some() {
                    reasons.push(by_hand());
                }
                reasons.extend(fields);
            }
            Comparison::Foreign if case.known.is_some() => reasons.push(by_hand()),
            Comparison::Foreign => {
                reasons.push(by_hand());
                word = word.or(Some(Word::ForeignCertificate));
            }
        }
    }
    let due = validity::due(validity, dates, case.now);
    if case.wanted.origin == Origin::Random {
        reasons.extend(validity::drift(validity, dates));
    } else {
        // Every date is reckoned from the epoch, so that it does not matter when a certificate was made.
        let wanted = match case.wanted.held {
            Some(held) => held,
            None => validity::fresh(validity, case.epoch, case.above.not_after)?,
        };
        if (dates.not_before, dates.not_after) == (wanted.not_before, wanted.not_after) {
            // Whether an end was cut, the certificate alone does not tell.
            adopt |= dates.cut != wanted.cut;
            dates = wanted;
        } else {
            match validity::drift(validity, dates) {
                None if dates.not_before != wanted.not_before && reasons.is_empty() => {
                    let begins = wanted.not_before;
                    return case.issue(Action::Renew, vec![Reason::Epoch { begins }], word);
                }
                drift => reasons.push(drift.unwrap_or(Reason::Validity {
                    old: dates.not_after.to_string(),
                    new: wanted.not_after.to_string(),
                })),
            }
        }
    }
    if !reasons.is_empty() {
        reasons.extend(due.filter(|due| matches!(due, Reason::Expired { .. })));
        return case.issue(Action::Reissue, reasons, word);
    }
    let mut stuck = None;
    if let Some(due) = due.filter(|_| !case.wanted.revoked) {
        match validity::fresh(validity, case.epoch, case.above.not_after) {
            Ok(fresh) if fresh.not_after > dates.not_after => {
                return case.issue(Action::Renew, vec![due], word);
            }
            _ => stuck = Some(due),
        }
    }
    let action = if restore {
        reasons.push(Reason::ChangedByHand {
            path: case.places.certificate.into(),
        });
        Action::Repackage
    } else if adopt {
        reasons.push(Reason::UnknownToLock);
        Action::Adopt
    } else {
        Action::Keep
    };
    Ok(Decision {
        action,
        reasons,
        dates: Some(dates),
        word,
        restore,
        stuck,
    })
}

impl Case<'_> {
    /// The decision for an action that issues.
    fn issue(
        &self,
        action: Action,
        reasons: Vec<Reason>,
        word: Option<Word>,
    ) -> Result<Decision, Undatable> {
        let held = self.wanted.held.filter(|_| !action.makes_key());
        let dates = match (held, self.wanted.validity) {
            (None, Some(validity)) => {
                Some(validity::fresh(validity, self.epoch, self.above.not_after)?)
            }
            (held, _) => held,
        };
        // A self-signed certificate needs its key to be signed again; any other needs only its issuer's.
        let absent = self.wanted.self_signed
            && self.wanted.origin == Origin::Random
            && !action.makes_key()
            && matches!(self.key, SeenKey::Missing);
        let word = word.or_else(|| absent.then_some(Word::MissingKey));
        Ok(Decision {
            action,
            reasons,
            dates,
            word,
            restore: false,
            stuck: None,
        })
    }
}

#[cfg(test)]
mod tests;
