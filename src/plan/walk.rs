//! Planning: the hierarchy walked issuers first, each entity decided by what is on disk and what becomes of its issuer.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use jiff::Timestamp;

use crate::catalog::extension::Value;
use crate::hierarchy::{Entity, EntityKind, Hierarchy};
use crate::source::{Diagnostic, Diagnostics};
use crate::store::State;
use crate::x509::IssuerFacts;

use super::decide::{
    self, Above, Comparison, Decision, Origin, SeenCertificate, SeenKey, Wanted, Word,
};
use super::decided::DecidedCas;
use super::fingerprint::{IssuerPart, fingerprint, sha256};
use super::observe::{self, Seen};
use super::revoked::Statements;
use super::seeded::Seeding;
use super::targets::{self, Targets};
use super::{Action, CrlStep, Options, Reason, expected, faults};

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) hierarchy: &'a Hierarchy,
    pub(super) state: &'a State,
    pub(super) options: &'a Options,
    pub(super) targets: Targets,
    /// The CAs walked so far, as they will be.
    pub(super) after: BTreeMap<&'a str, After>,
    /// What was decided, in the order of the walk.
    pub(super) drafts: Vec<Draft<'a>>,
    /// The CAs that sign something in this plan.
    pub(super) signing: BTreeSet<&'a str>,
    pub(super) faults: Diagnostics,
    pub(super) warnings: Diagnostics,
    /// Of a reproducible PKI.
    pub(super) seeding: Option<Seeding<'a>>,
    /// What ends soon, and waits for the next epoch.
    waiting: Vec<(&'a Entity, Reason)>,
    /// What is revoked.
    pub(super) statements: Statements<'a>,
    /// What is due beneath a revoked CA, by that CA's id.
    pub(super) unrenewed: BTreeMap<&'a str, Vec<&'a Entity>>,
    /// The CRLs that are issued, by their CAs' ids, and why.
    pub(super) crls: BTreeMap<&'a str, (CrlStep, Vec<Reason>)>,
    /// The CAs, where they were decided before and members of a fleet alone are walked.
    pub(super) decided: Option<&'a DecidedCas>,
}

/// An entity and what was decided on it.
pub(super) struct Draft<'a> {
    pub(super) entity: &'a Entity,
    pub(super) decision: Decision,
    /// Whether the private key is on disk.
    pub(super) has_key: bool,
    /// The place of its key.
    pub(super) key_path: Utf8PathBuf,
    /// When the certificate that is there now was made.
    pub(super) made: Option<Timestamp>,
}

/// A CA as it will be after the plan.
#[derive(Clone, Debug)]
pub(super) struct After {
    /// What its certificate tells those below; `None` when its key is yet to be made.
    facts: Option<IssuerFacts>,
    /// It gets a new certificate.
    pub(super) issues: bool,
    /// Whether it is its own issuer, so that no chain holds it.
    pub(super) root: bool,
    /// SHA-256 of its certificate (DER), if that stays.
    pub(super) print: Option<[u8; 32]>,
    ends: Option<Timestamp>,
    /// Whether its private key will be there to sign with.
    signs: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        hierarchy: &'a Hierarchy,
        state: &'a State,
        options: &'a Options,
        targets: Targets,
    ) -> Self {
        Self {
            hierarchy,
            state,
            options,
            targets,
            after: BTreeMap::new(),
            drafts: Vec::new(),
            signing: BTreeSet::new(),
            faults: Diagnostics::new(),
            warnings: Diagnostics::new(),
            seeding: Seeding::of(hierarchy, state, options.seed.as_deref()),
            waiting: Vec::new(),
            statements: Statements::of(hierarchy, state),
            unrenewed: BTreeMap::new(),
            crls: BTreeMap::new(),
            decided: None,
        }
    }

    pub(super) fn entities(&mut self) {
        for entity in self.hierarchy.entities() {
            let is_decided = self.decided.is_some() && entity.is_ca();
            if !is_decided && self.targets.walks(entity) {
                self.entity(entity);
            }
        }
    }

    /// `--repackage` and `--allow-key-replacement` name what exists.
    pub(super) fn check_flags(&mut self) {
        let known = |name: &String| self.hierarchy.names(name);
        let mut unknown: Vec<(&str, &String)> = self
            .options
            .repackage
            .iter()
            .filter(|name| !known(name))
            .map(|name| ("--repackage", name))
            .collect();
        if let super::Allowed::Only(names) = &self.options.allow_key_replacement {
            unknown.extend(
                names
                    .iter()
                    .filter(|name| !known(name))
                    .map(|name| ("--allow-key-replacement", name)),
            );
        }
        for (flag, name) in unknown {
            self.faults
                .push(targets::unknown_name(flag, name, self.hierarchy));
        }
    }

    fn entity(&mut self, entity: &'a Entity) {
        if entity.external.is_some() {
            self.external(entity);
            return;
        }
        let seen = observe::entity(self.state, entity);
        if let Some(known) = &seen.known
            && known.generation > entity.generation.value
        {
            self.faults
                .push(faults::generation_falls(entity, known.generation));
            return;
        }
        let issuer = entity
            .issuer
            .as_ref()
            .and_then(|issuer| self.after.get(issuer.value.as_str()));
        if entity.issuer.is_some() && issuer.is_none() {
            // Its issuer could not be planned, and that was said.
            return;
        }
        let entry = self.state.locked(&entity.id);
        let origin = match &self.seeding {
            Some(seeding) => seeding.origin(entity, &seen, entry),
            None => Origin::Random,
        };
        let derivable = origin == Origin::Seed && seen.public_key().is_some();
        let (decision, after) = match self.decide(entity, &seen, origin, issuer) {
            Ok(decided) => decided,
            Err(fault) => {
                self.faults.push(fault);
                return;
            }
        };
        let decision = match self.beneath_revoked(entity, &seen, decision) {
            Ok(decision) => decision,
            Err(fault) => {
                self.faults.push(fault);
                return;
            }
        };
        match &decision.stuck {
            Some(due) if self.seeding.is_some() => self.waiting.push((entity, due.clone())),
            Some(due) => self.warnings.push(faults::stuck(entity, due)),
            None => {}
        }
        if decision.action.issues()
            && let Some(issuer) = &entity.issuer
            && let Some((id, _)) = self.after.get_key_value(issuer.value.as_str())
        {
            self.signing.insert(id);
        }
        if let Some(after) = after {
            self.after.insert(entity.id.as_str(), after);
        }
        let made = match &seen.certificate {
            SeenCertificate::Here { dates, .. } => Some(dates.not_before),
            _ => None,
        };
        self.drafts.push(Draft {
            entity,
            decision,
            has_key: match seen.key {
                SeenKey::Missing => derivable,
                SeenKey::Broken(_) => false,
                SeenKey::Here { .. } | SeenKey::Sealed => true,
            },
            key_path: seen.key_path,
            made,
        });
    }

    fn decide(
        &self,
        entity: &'a Entity,
        seen: &Seen,
        origin: Origin,
        issuer: Option<&After>,
    ) -> Result<(Decision, Option<After>), Diagnostic> {
        let spki = seen.public_key();
        let names_serial = names_serial(entity);
        let print = spki.and_then(|key| wanted_print(entity, key, issuer, names_serial));
        let mut known = seen.known.clone();
        if let Some(known) = &mut known {
            known.same = print.is_some() && print == seen.fingerprint;
        }
        let case = decide::Case {
            wanted: Wanted {
                algorithm: entity.key.value,
                generation: entity.generation.value,
                keeps_key: entity.keep_key
                    && seen.wants_key
                    && !self.options.has_key_elsewhere(entity),
                self_signed: entity.is_self_signed(),
                given: entity.given_key.is_some(),
                origin,
                revoked: self.statements.in_force(&entity.id).is_some(),
                held: self.held(entity, seen),
                validity: (entity.kind != EntityKind::Key).then_some(&entity.validity),
            },
            key: &seen.key,
            certificate: &seen.certificate,
            known: known.as_ref(),
            above: Above {
                new_key: issuer.is_some_and(|issuer| issuer.facts.is_none()),
                new_serial: names_serial && issuer.is_some_and(|issuer| issuer.issues),
                not_after: issuer.and_then(|issuer| issuer.ends),
            },
            places: decide::Places {
                key: &seen.key_path,
                certificate: &seen.certificate_path,
            },
            allowed: self
                .options
                .allow_key_replacement
                .covers(&entity.id, &entity.family),
            now: self.hierarchy.now(),
            epoch: self.hierarchy.epoch(),
        };
        let facts = issuer.and_then(|issuer| issuer.facts.as_ref());
        let mut decision = decide::decide(&case, || self.compare(entity, seen, facts))
            .map_err(|fault| faults::undatable(entity, &fault))?;
        if decision.action == Action::Create
            && let Some(seeding) = &self.seeding
            && let Some(old) = seeding.former_id(entity, facts)
        {
            decision.reasons = vec![Reason::Renamed {
                old: old.to_owned(),
            }];
            decision.word = (!case.allowed).then(|| Word::Renamed(old.to_owned()));
        }
        let after = if entity.is_ca() {
            Some(self.after(entity, seen, origin, &decision, facts))
        } else {
            None
        };
        Ok((decision, after))
    }

    /// Compares the certificate on disk with the one that the spec, and the seed if there is one, ask for.
    fn compare(&self, entity: &'a Entity, seen: &Seen, issuer: Option<&IssuerFacts>) -> Comparison {
        let found = observe::compare(self.state, entity, seen, issuer);
        let (Comparison::Equal, Some(seeding)) = (&found, &self.seeding) else {
            return found;
        };
        observe::certificate(self.state, seen)
            .and_then(|certificate| seeding.serial_differs(entity, issuer, &certificate))
            .map_or(found, |reason| Comparison::Differs(vec![reason]))
    }

    /// What a CA will be.
    fn after(
        &self,
        entity: &Entity,
        seen: &Seen,
        origin: Origin,
        decision: &Decision,
        issuer: Option<&IssuerFacts>,
    ) -> After {
        let issues = decision.action.issues();
        let certificate = observe::certificate(self.state, seen);
        let facts = if decision.action.makes_key() {
            None
        } else if issues {
            observe::spki(self.state, seen)
                .or_else(|| {
                    let key = self.seeding.as_ref()?.key(entity)?;
                    Some(key.public_der().to_vec())
                })
                .and_then(|spki| expected::own_facts(entity, issuer, &spki, &[0]).ok())
        } else {
            certificate
                .as_ref()
                .and_then(crate::x509::Certificate::facts)
        };
        After {
            facts,
            issues,
            root: entity.issuer.is_none(),
            print: certificate
                .filter(|_| !issues)
                .map(|certificate| sha256(certificate.der())),
            ends: decision.dates.map(|dates| dates.not_after),
            signs: decision.action.makes_key()
                || origin == Origin::Seed
                || self.options.signers.contains(&entity.id)
                || !matches!(seen.key, SeenKey::Missing),
        }
    }

    /// A CA that is made elsewhere: read, never written.
    fn external(&mut self, entity: &'a Entity) {
        let certificate = match observe::external(self.state, entity) {
            Ok(certificate) => certificate,
            Err(fault) => {
                self.faults.push(fault);
                return;
            }
        };
        let Some(facts) = certificate.facts() else {
            self.faults.push(
                Diagnostic::error(
                    "external",
                    format!(
                        "the key of `{}` is of a kind that pkiform does not know",
                        entity.id
                    ),
                )
                .at(entity.span, "it is made elsewhere"),
            );
            return;
        };
        let not_after = certificate.not_after();
        if not_after <= self.hierarchy.now() {
            self.warnings.push(
                Diagnostic::warning(
                    "expired",
                    format!(
                        "the certificate of `{}` ended on {}",
                        entity.id,
                        super::reason::day(not_after)
                    ),
                )
                .at(entity.span, "it is made elsewhere"),
            );
        }
        let dates = super::validity::Dates {
            not_before: certificate.not_before(),
            not_after,
            cut: false,
        };
        self.after.insert(
            entity.id.as_str(),
            After {
                root: facts.name_der == facts.issuer_name_der,
                facts: Some(facts),
                issues: false,
                print: Some(sha256(certificate.der())),
                ends: Some(not_after),
                signs: entity
                    .external
                    .as_ref()
                    .is_some_and(|external| external.key.is_some()),
            },
        );
        self.drafts.push(Draft {
            entity,
            decision: Decision {
                action: Action::Keep,
                reasons: Vec::new(),
                dates: Some(dates),
                word: None,
                restore: false,
                stuck: None,
            },
            has_key: false,
            key_path: Utf8PathBuf::new(),
            made: None,
        });
    }

    /// One warning for all that ends soon.
    pub(super) fn say_who_waits(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if let Some(seeding) = &self.seeding {
            self.warnings.extend(seeding.waiting(&waiting));
        }
    }

    /// Whether a CA signs something in this plan.
    pub(super) fn signs(&self, id: &str) -> bool {
        self.signing.contains(id)
    }

    /// Who signs needs its key.
    pub(super) fn check_signers(&mut self) {
        for draft in &mut self.drafts {
            let id = draft.entity.id.as_str();
            let signs = self.after.get(id).is_some_and(|after| after.signs);
            if signs || !self.signing.contains(id) {
                continue;
            }
            if draft.entity.external.is_some() {
                self.faults.push(
                    Diagnostic::error(
                        "issuer-without-key",
                        format!("`{id}` is external, without a key, and is to issue"),
                    )
                    .at(draft.entity.span, "its key is not named")
                    .help("name the key: `external = { cert = \"file:…\", key = \"file:…\" }`"),
                );
            } else {
                draft.decision.word.get_or_insert(Word::MissingKey);
            }
        }
    }
}

/// The fingerprint that the entity will have, if its issuer's key is known.
pub(super) fn wanted_print(
    entity: &Entity,
    public_key: [u8; 32],
    issuer: Option<&After>,
    names_serial: bool,
) -> Option<[u8; 32]> {
    let Some(issuer) = issuer else {
        return Some(fingerprint(&entity.fingerprint, &public_key, None));
    };
    let facts = issuer.facts.as_ref()?;
    let part = issuer_part(facts, names_serial);
    Some(fingerprint(&entity.fingerprint, &public_key, Some(part)))
}

/// Whether its authority key identifier names its issuer's serial (RFC 5280 §4.2.1.1).
pub(super) fn names_serial(entity: &Entity) -> bool {
    entity.resolved_extensions().any(|extension| {
        matches!(
            extension.value,
            Value::AuthorityKeyIdentifier {
                issuer_serial: true,
                ..
            }
        )
    })
}

/// What of an issuer goes into the fingerprints below it.
pub(crate) fn issuer_part(facts: &IssuerFacts, names_serial: bool) -> IssuerPart<'_> {
    IssuerPart {
        name_der: &facts.name_der,
        public_key: sha256(&facts.spki_der),
        key_id: facts.key_id.as_deref(),
        issuer_and_serial: names_serial
            .then_some((facts.issuer_name_der.as_slice(), facts.serial.as_slice())),
    }
}
