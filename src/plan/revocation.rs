//! A CA's revocation list in a plan: which certificates it lists, when it is due, and what the user has to hear.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::RevocationReason;
use crate::hierarchy::{Entity, Hierarchy, Revocation};
use crate::source::{Diagnostic, Diagnostics, Level, Span};
use crate::spec::Duration;
use crate::store::{CrlEntry, CrlLock, State};

use super::decide::{Decision, SeenCertificate};
use super::files::SeenFile;
use super::observe::{self, Seen};
use super::walk::{Draft, Walk};
use super::{Action, Reason};

/// How long a CRL holds if the spec does not say.
const DAYS: i32 = 30;

/// A CRL that is issued by a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrlStep {
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is promised.
    pub next_update: Timestamp,
    /// From what its number is made.
    pub number: CrlNumber,
    /// How many entries were ever listed, those below included and those that are pending not.
    pub listed: u64,
    /// What it lists, as far as it is known before the plan is carried out.
    pub entries: Vec<CrlEntry>,
    /// Entities that this plan issues certificates to, and that are revoked: their serial numbers are yet to come.
    pub pending: Vec<String>,
}

/// A CRL's number (RFC 5280 §5.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlNumber {
    /// This one.
    Fixed(u64),
    /// Of a reproducible PKI: these seconds of the epoch times 2³², and the number of entries ever listed.
    Epoch(u32),
}

impl CrlNumber {
    /// The number, with so many entries ever listed.
    #[must_use]
    pub fn with(self, listed: u64) -> u64 {
        match self {
            Self::Fixed(number) => number,
            Self::Epoch(seconds) => (u64::from(seconds) << 32).saturating_add(listed),
        }
    }
}

impl Walk<'_> {
    /// Which CAs issue a CRL. Each has seen what becomes of all that it has issued.
    pub(super) fn decide_on_crls(&mut self) {
        let mut crls = BTreeMap::new();
        let mut found = Diagnostics::new();
        for draft in &self.drafts {
            let mut outputs = draft
                .entity
                .outputs
                .iter()
                .filter(|output| output.artifact.is_crl())
                .peekable();
            if outputs.peek().is_none() {
                continue;
            }
            let entry = self.state.locked(&draft.entity.id);
            let intact = outputs.all(|output| {
                matches!(
                    observe::file(self.state, entry, output),
                    SeenFile::Locked(_)
                )
            });
            let fate = fate(self, draft, intact);
            found.extend(fate.found);
            if let Some(step) = fate.step {
                crls.insert(draft.entity.id.as_str(), step);
            }
        }
        self.signing.extend(crls.keys().copied());
        self.crls = crls;
        for one in found {
            if one.level == Level::Error {
                self.faults.push(one);
            } else {
                self.warnings.push(one);
            }
        }
    }

    /// Nothing is issued beneath a CA that is revoked; what is only due goes on as it is.
    pub(super) fn beneath_revoked(
        &self,
        entity: &Entity,
        seen: &Seen,
        decision: Decision,
    ) -> Result<Decision, Diagnostic> {
        let issuer = self.hierarchy.issuer_of(entity);
        let revocation = issuer.and_then(|issuer| self.in_force(issuer));
        let (Some(issuer), Some(revocation)) = (issuer, revocation) else {
            return Ok(decision);
        };
        match (decision.action, &seen.certificate) {
            (Action::Renew, SeenCertificate::Here { dates, .. }) => Ok(Decision {
                action: Action::Keep,
                reasons: Vec::new(),
                dates: Some(*dates),
                ..decision
            }),
            (action, _) if action.issues() => Err(beneath(entity, issuer, revocation.span)),
            _ => Ok(decision),
        }
    }

    /// The revocation that holds for what an entity has now.
    pub(super) fn in_force<'e>(&self, entity: &'e Entity) -> Option<&'e Revocation> {
        let issuer = entity.issuer.as_ref()?;
        in_force(entity, locked(self.state, &issuer.value))
    }
}

/// The revocation that holds for the generation that an entity has now. A statement that was applied to an older
/// generation goes on meaning that one.
fn in_force<'a>(entity: &'a Entity, issuer: Option<&CrlLock>) -> Option<&'a Revocation> {
    let revocation = entity.revoked.as_ref()?;
    let generation = entity.generation.value;
    if let Some(meant) = revocation.generation {
        return (meant == generation).then_some(revocation);
    }
    let is_old = issuer.is_some_and(|lock| {
        lock.entries.iter().any(|entry| {
            entry.id == entity.id && entry.generation < generation && entry.date == revocation.date
        })
    });
    (!is_old).then_some(revocation)
}

/// What the lock knows of the CRL of a CA.
fn locked<'a>(state: &'a State, id: &str) -> Option<&'a CrlLock> {
    state.locked(id)?.crl.as_ref()
}

/// What becomes of a CA's CRL.
#[derive(Debug, Default)]
struct CrlFate {
    /// The CRL to be issued, and why; none if the one that is there stays.
    step: Option<(CrlStep, Vec<Reason>)>,
    /// What is to be said.
    found: Diagnostics,
}

/// Decides on the CRL of a CA that has one. `intact` says whether its files are those that the lock knows.
fn fate(walk: &Walk<'_>, ca: &Draft<'_>, intact: bool) -> CrlFate {
    let mut fate = CrlFate::default();
    let old = locked(walk.state, &ca.entity.id);
    let wanted = Wanted::of(walk, ca.entity, old, &mut fate.found);
    let hierarchy = walk.hierarchy;
    let ends = ca.decision.dates.map(|dates| dates.not_after);
    let Some((this_update, next_update)) = dates(hierarchy, ca.entity, ends) else {
        fate.found.push(
            Diagnostic::error(
                "crl",
                format!(
                    "the next CRL of `{}` lies beyond the calendar",
                    ca.entity.id
                ),
            )
            .at(ca.entity.span, "its `crl.validity` is too long"),
        );
        return fate;
    };
    let mut reasons = Vec::new();
    match old {
        None => reasons.push(Reason::CrlNew),
        Some(old) => {
            if !wanted.gains.is_empty() || !wanted.loses.is_empty() || wanted.entries != old.entries
            {
                reasons.push(Reason::CrlChanges {
                    revoked: wanted.gains.clone(),
                    released: wanted.loses.clone(),
                });
            }
            if hierarchy.reproducible().is_some() {
                if (old.this_update, old.next_update) != (this_update, next_update) {
                    reasons.push(Reason::Epoch {
                        begins: this_update,
                    });
                }
            } else if due(ca.entity, old) <= Some(hierarchy.now()) {
                reasons.push(Reason::CrlDue {
                    next_update: old.next_update,
                });
            }
        }
    }
    if reasons.is_empty() && intact && !ca.decision.action.issues() {
        return fate;
    }
    let listed = old.map_or(0, |old| old.listed).saturating_add(wanted.new);
    let number = match hierarchy.reproducible() {
        Some(_) => CrlNumber::Epoch(u32::try_from(this_update.as_second()).unwrap_or(0)),
        None => CrlNumber::Fixed(old.map_or(0, |old| old.number).saturating_add(1)),
    };
    let step = CrlStep {
        this_update,
        next_update,
        number,
        listed,
        entries: wanted.entries,
        pending: wanted.pending,
    };
    fate.step = Some((step, reasons));
    fate
}

/// When a CRL that is issued now is issued, and until when it holds.
fn dates(
    hierarchy: &Hierarchy,
    ca: &Entity,
    ends: Option<Timestamp>,
) -> Option<(Timestamp, Timestamp)> {
    let begin = hierarchy.epoch();
    let said = ca.crl.validity;
    let end = match (hierarchy.reproducible(), said) {
        (_, Some(validity)) => validity.after(begin)?,
        // Until everybody has the next one; where the epoch is fixed, as long as the CA.
        (Some(reproducible), None) => match (reproducible.period, reproducible.next) {
            (Some(period), Some(next)) => period.after(next)?,
            _ => ends?,
        },
        (None, None) => Duration::days(DAYS).after(begin)?,
    };
    Some((begin, end))
}

/// When the next CRL is to be issued.
fn due(ca: &Entity, old: &CrlLock) -> Option<Timestamp> {
    ca.crl.renew.begins(old.this_update, old.next_update)
}

/// What a CRL shall list.
struct Wanted {
    entries: Vec<CrlEntry>,
    pending: Vec<String>,
    gains: Vec<String>,
    loses: Vec<String>,
    /// How many entries are listed for the first time.
    new: u64,
}

impl Wanted {
    fn of(walk: &Walk<'_>, ca: &Entity, old: Option<&CrlLock>, found: &mut Diagnostics) -> Self {
        let mut wanted = Self {
            entries: Vec::new(),
            pending: Vec::new(),
            gains: Vec::new(),
            loses: Vec::new(),
            new: 0,
        };
        let mut by_serial: BTreeMap<String, CrlEntry> = BTreeMap::new();
        for entry in old.iter().flat_map(|old| &old.entries) {
            // Once more after its certificate has ended (RFC 5280 §3.3), and no more.
            if old.is_some_and(|old| entry.not_after <= old.this_update) {
                continue;
            }
            match stays(walk, ca, entry, old) {
                Stay::AsItIs => {}
                Stay::Unsaid(diagnostic) => found.push(*diagnostic),
                Stay::Released => {
                    wanted.loses.push(entry.id.clone());
                    continue;
                }
            }
            by_serial.insert(entry.serial.clone(), entry.clone());
        }
        let epoch = walk.hierarchy.epoch();
        for entity in walk.hierarchy.children(&ca.id) {
            let Some(revocation) = in_force(entity, old) else {
                continue;
            };
            for (serial, not_after) in known(walk, ca, entity) {
                if not_after <= epoch {
                    continue;
                }
                let entry = CrlEntry {
                    serial: serial.clone(),
                    id: entity.id.clone(),
                    generation: entity.generation.value,
                    date: revocation.date,
                    reason: revocation.reason,
                    invalidity_date: revocation.invalidity_date,
                    not_after,
                };
                if by_serial.insert(serial, entry).is_none() {
                    wanted.new = wanted.new.saturating_add(1);
                    wanted.gains.push(entity.id.clone());
                }
            }
            let issues = walk
                .drafts
                .iter()
                .find(|draft| draft.entity.id == entity.id)
                .is_some_and(|draft| {
                    draft.decision.action.issues() || draft.decision.action == Action::Adopt
                });
            if issues {
                wanted.pending.push(entity.id.clone());
                wanted.gains.push(entity.id.clone());
            }
        }
        wanted.gains.dedup();
        wanted.loses.dedup();
        wanted.entries = by_serial.into_values().collect();
        sort(&mut wanted.entries);
        wanted
    }
}

/// The order of a CRL's entries: by date, then by serial, whatever was found first.
pub(crate) fn sort(entries: &mut [CrlEntry]) {
    entries.sort_by(|a, b| (a.date, &a.serial).cmp(&(b.date, &b.serial)));
}

/// Whether an entry of the lock goes on being listed.
enum Stay {
    AsItIs,
    /// The spec no longer says so, and the entry stays all the same.
    Unsaid(Box<Diagnostic>),
    /// It was on hold, and is released.
    Released,
}

fn stays(walk: &Walk<'_>, ca: &Entity, entry: &CrlEntry, old: Option<&CrlLock>) -> Stay {
    let Some(entity) = walk.hierarchy.get(&entry.id) else {
        return Stay::AsItIs;
    };
    let is_said = in_force(entity, old).is_some() || entity.revoked.is_some();
    if is_said || entity.generation.value != entry.generation {
        return Stay::AsItIs;
    }
    let reproducible = walk.hierarchy.reproducible().is_some();
    if entry.reason == RevocationReason::CertificateHold && !reproducible {
        return Stay::Released;
    }
    let message = format!(
        "`{}` was revoked, and the spec no longer says so; what is revoked stays so until it ends on {}",
        entry.id,
        super::reason::day(entry.not_after)
    );
    let span = if entity.span.is_somewhere() {
        entity.span
    } else {
        ca.span
    };
    let help = "say it again; a higher `generation` gives the entity a new key and a certificate that is not revoked";
    let diagnostic = if reproducible {
        Diagnostic::error("revocation-dropped", message)
    } else {
        Diagnostic::warning("revocation-dropped", message)
    };
    Stay::Unsaid(Box::new(
        diagnostic.at(span, "no longer `revoked`").help(help),
    ))
}

/// The certificates of an entity's present generation that a CA has issued, as far as lock and ledger know: serials and
/// ends.
fn known(walk: &Walk<'_>, ca: &Entity, entity: &Entity) -> Vec<(String, Timestamp)> {
    let generation = entity.generation.value;
    let mut all: Vec<(String, Timestamp)> = walk
        .state
        .ledger()
        .iter()
        .filter(|line| {
            line.id == entity.id && line.issuer == ca.id && line.generation == generation
        })
        .map(|line| (line.serial.clone(), line.not_after))
        .collect();
    if let Some(entry) = walk.state.locked(&entity.id)
        && entry.issuer.as_deref() == Some(ca.id.as_str())
        && entry.generation == generation
        && let (Some(serial), Some(not_after)) = (&entry.serial, entry.not_after)
    {
        all.push((serial.clone(), not_after));
    }
    all.sort();
    all.dedup();
    all
}

/// That an entity would be issued beneath a CA that is revoked.
fn beneath(entity: &Entity, issuer: &Entity, span: Span) -> Diagnostic {
    Diagnostic::error(
        "revoked-issuer",
        format!("`{}` is revoked, and would issue `{}`", issuer.id, entity.id),
    )
    .at(entity.span, "to be issued")
    .at(span, "its issuer is revoked here")
    .help("issue it from another CA, or raise the `generation` of the revoked one: it then gets a new key")
}
