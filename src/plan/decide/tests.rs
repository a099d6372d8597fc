//! Each decision, from the facts alone.

use camino::Utf8Path;

use crate::hierarchy::{Lifetime, Renew};
use crate::source::Span;
use crate::spec::{Duration, Window};
use crate::template::FromText;

use super::*;

const KEY: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn thirty_days() -> Validity {
    Validity {
        not_before: None,
        lifetime: Lifetime::For(Duration::from_text("30d").unwrap()),
        backdate: None,
        renew: Renew::Before(Window::Fraction(1.0 / 3.0)),
        span: Span::NOWHERE,
    }
}

/// An entity in order: key, certificate and lock agree, the issuer stays.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which a test may change"
)]
struct World {
    wanted: KeyAlgorithm,
    generation: u32,
    keeps_key: bool,
    self_signed: bool,
    origin: Origin,
    revoked: bool,
    validity: Validity,
    key: SeenKey,
    certificate: SeenCertificate,
    known: Option<Known>,
    above: Above,
    allowed: bool,
    now: Timestamp,
    /// None: now.
    epoch: Option<Timestamp>,
    comparison: Option<Comparison>,
}

impl World {
    fn new() -> Self {
        let dates = Dates {
            not_before: at("2026-11-01T00:00:00Z"),
            not_after: at("2026-12-01T00:00:00Z"),
            cut: false,
        };
        Self {
            wanted: KeyAlgorithm::EcdsaP256,
            generation: 1,
            keeps_key: true,
            self_signed: false,
            origin: Origin::Random,
            revoked: false,
            validity: thirty_days(),
            key: SeenKey::Here {
                public_key: KEY,
                algorithm: Some(KeyAlgorithm::EcdsaP256),
            },
            certificate: SeenCertificate::Here {
                public_key: KEY,
                algorithm: Some(KeyAlgorithm::EcdsaP256),
                dates,
                locked: true,
            },
            known: Some(Known {
                public_key: Some(KEY),
                algorithm: Some(KeyAlgorithm::EcdsaP256),
                generation: 1,
                dates: None,
                same: true,
            }),
            above: Above {
                not_after: Some(at("2030-01-01T00:00:00Z")),
                ..Above::default()
            },
            allowed: false,
            now: at("2026-11-02T00:00:00Z"),
            epoch: None,
            comparison: None,
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Decision {
        let mut world = Self::new();
        change(&mut world);
        let case = Case {
            wanted: Wanted {
                algorithm: world.wanted,
                generation: world.generation,
                keeps_key: world.keeps_key,
                given: false,
                self_signed: world.self_signed,
                origin: world.origin,
                revoked: world.revoked,
                held: None,
                validity: Some(&world.validity),
            },
            key: &world.key,
            certificate: &world.certificate,
            known: world.known.as_ref(),
            above: world.above,
            places: Places {
                key: Utf8Path::new("a/key.pem"),
                certificate: Utf8Path::new("a/cert.pem"),
            },
            allowed: world.allowed,
            now: world.now,
            epoch: world.epoch.unwrap_or(world.now),
        };
        decide(&case, || {
            world.comparison.expect("digests settle this case")
        })
        .unwrap()
    }
}

fn unlock(world: &mut World) {
    if let SeenCertificate::Here { locked, .. } = &mut world.certificate {
        *locked = false;
    }
}

#[test]
fn nothing_changed_is_kept_without_a_comparison() {
    let decision = World::with(|_| ());
    assert_eq!((decision.action, decision.reasons.len()), (Action::Keep, 0));
}

#[test]
fn nothing_there_is_created() {
    let decision = World::with(|world| {
        world.key = SeenKey::Missing;
        world.certificate = SeenCertificate::Missing;
        world.known = None;
    });
    assert_eq!(decision.action, Action::Create);
    assert_eq!(
        decision.dates.unwrap().not_after,
        at("2026-12-02T00:00:00Z")
    );
}

#[test]
fn a_changed_field_is_reissued_over_the_same_key() {
    let field = Reason::Field {
        field: "subject".to_owned(),
        old: None,
        new: None,
    };
    let decision = World::with(|world| {
        world.known.as_mut().unwrap().same = false;
        world.comparison = Some(Comparison::Differs(vec![field.clone()]));
    });
    assert_eq!(
        (decision.action, decision.reasons),
        (Action::Reissue, vec![field])
    );
}

#[test]
fn equal_bytes_under_another_fingerprint_are_adopted() {
    let decision = World::with(|world| {
        world.known.as_mut().unwrap().same = false;
        world.comparison = Some(Comparison::Equal);
    });
    assert_eq!(decision.action, Action::Adopt);
    let decision = World::with(|world| {
        world.known = None;
        unlock(world);
        world.comparison = Some(Comparison::Equal);
    });
    assert_eq!(decision.action, Action::Adopt);
}

#[test]
fn an_edited_certificate_is_restored_or_reissued() {
    let decision = World::with(|world| {
        unlock(world);
        world.comparison = Some(Comparison::Edited);
    });
    assert_eq!(
        (decision.action, decision.restore),
        (Action::Repackage, true)
    );
    let decision = World::with(|world| {
        unlock(world);
        world.comparison = Some(Comparison::Foreign);
    });
    assert_eq!(decision.action, Action::Reissue);
    assert!(matches!(
        decision.reasons.as_slice(),
        [Reason::ChangedByHand { .. }]
    ));
}

#[test]
fn a_certificate_that_nobody_knows_needs_a_word() {
    let decision = World::with(|world| {
        world.known = None;
        unlock(world);
        world.comparison = Some(Comparison::Foreign);
    });
    assert_eq!(decision.word, Some(Word::ForeignCertificate));
}

#[test]
fn another_algorithm_needs_a_word_and_a_higher_generation_is_one() {
    let decision = World::with(|world| world.wanted = KeyAlgorithm::EcdsaP384);
    assert_eq!(
        (decision.action, decision.word),
        (Action::Rekey, Some(Word::ReplaceKey))
    );
    let decision = World::with(|world| {
        world.generation = 2;
        world.wanted = KeyAlgorithm::EcdsaP384;
    });
    assert_eq!((decision.action, decision.word), (Action::Rekey, None));
    let decision = World::with(|world| world.generation = 2);
    assert_eq!((decision.action, decision.word), (Action::Rekey, None));
}

#[test]
fn a_run_that_died_before_the_lock_is_taken_up() {
    // A reissue: the key is the lock's, the certificate is newer.
    let decision = World::with(|world| {
        unlock(world);
        world.comparison = Some(Comparison::Equal);
    });
    assert_eq!(decision.action, Action::Adopt);
    // A rekey by generation: key and certificate are new, the lock is old.
    let decision = World::with(|world| {
        world.generation = 2;
        world.known.as_mut().unwrap().public_key = Some(OTHER);
        unlock(world);
        world.comparison = Some(Comparison::Equal);
    });
    assert_eq!((decision.action, decision.word), (Action::Adopt, None));
}

#[test]
fn a_missing_key_is_not_made_anew_unasked() {
    let decision = World::with(|world| world.key = SeenKey::Missing);
    assert_eq!(
        (decision.action, decision.word),
        (Action::Keep, Some(Word::MissingKey))
    );
    let decision = World::with(|world| {
        world.key = SeenKey::Missing;
        world.keeps_key = false;
    });
    assert_eq!((decision.action, decision.word), (Action::Keep, None));
    let decision = World::with(|world| {
        world.key = SeenKey::Missing;
        world.allowed = true;
    });
    assert_eq!((decision.action, decision.word), (Action::Rekey, None));
}

#[test]
fn another_key_is_said_and_certified_only_by_word() {
    let other = SeenKey::Here {
        public_key: OTHER,
        algorithm: Some(KeyAlgorithm::EcdsaP256),
    };
    let decision = World::with(|world| world.key = other.clone());
    assert_eq!(
        (decision.action, decision.word),
        (Action::Keep, Some(Word::OtherKey))
    );
    let decision = World::with(|world| {
        world.key = other;
        world.allowed = true;
    });
    assert_eq!((decision.action, decision.word), (Action::Reissue, None));
}

#[test]
fn a_key_without_certificate_is_taken_up() {
    let decision = World::with(|world| {
        world.known = None;
        world.certificate = SeenCertificate::Missing;
    });
    assert_eq!(decision.action, Action::Reissue);
    assert!(matches!(
        decision.reasons.as_slice(),
        [Reason::CertificateMissing { .. }]
    ));
}

#[test]
fn an_issuers_new_key_reissues_what_it_signed() {
    let decision = World::with(|world| world.above.new_key = true);
    assert_eq!(
        (decision.action, decision.reasons),
        (Action::Reissue, vec![Reason::IssuerKey])
    );
}

#[test]
fn what_is_due_is_renewed_if_that_moves_its_end() {
    let decision = World::with(|world| world.now = at("2026-11-22T00:00:00Z"));
    assert_eq!(decision.action, Action::Renew);
    let decision = World::with(|world| {
        world.now = at("2026-11-22T00:00:00Z");
        world.above.not_after = Some(at("2026-12-01T00:00:00Z"));
    });
    assert_eq!(decision.action, Action::Keep);
    assert!(decision.stuck.is_some());
}

#[test]
fn a_root_without_its_key_cannot_be_signed_again() {
    let decision = World::with(|world| {
        world.self_signed = true;
        world.keeps_key = false;
        world.key = SeenKey::Missing;
        world.above = Above::default();
        world.now = at("2026-12-02T00:00:00Z");
    });
    assert_eq!(
        (decision.action, decision.word),
        (Action::Renew, Some(Word::MissingKey))
    );
}
