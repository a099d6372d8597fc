//! A CA's revocation list in a plan: when it is issued, with which number and dates, and what the user has to hear.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hierarchy::{Entity, Hierarchy};
use crate::source::{Diagnostic, Diagnostics, Level};
use crate::spec::Duration;
use crate::store::{CrlEntry, CrlLock, State};

use super::crl_entries::Wanted;
use super::crl_faults as say;
use super::decide::{Decision, SeenCertificate};
use super::files::SeenFile;
use super::observe::{self, Seen};
use super::revoked::{Issued, Revoked};
use super::validity::Dates;
use super::walk::{Draft, Walk, names_serial, wanted_print};
use super::{Action, Reason, crl_found};

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
    /// What this plan issues and is revoked: the serial numbers are yet to come.
    pub pending: Vec<Pending>,
}

/// A certificate that is issued and revoked by one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The entity that gets it.
    pub id: String,
    /// Why it is revoked.
    pub revoked: Revoked,
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

impl<'a> Walk<'a> {
    /// Which CAs issue a CRL. Each has seen what becomes of all that it has issued.
    pub(super) fn decide_on_crls(&mut self) {
        let mut crls = BTreeMap::new();
        let mut found = say::of_statements(self);
        let issued = self.statements.issued(self.state);
        for draft in &self.drafts {
            let id = draft.entity.id.as_str();
            let issued = issued.get(id).map_or(&[][..], Vec::as_slice);
            let has_list = draft
                .entity
                .outputs
                .iter()
                .any(|output| output.artifact.is_crl());
            if !has_list || draft.entity.external.is_some() {
                found.extend(say::without_list(self, draft.entity, issued));
                continue;
            }
            match fate(self, draft, issued, &mut found) {
                Ok(None) => {}
                Ok(Some(step)) => {
                    crls.insert(id, step);
                }
                Err(fault) => found.push(*fault),
            }
        }
        found.extend(say::of_gone(self, &issued));
        self.signing.extend(crls.keys().copied());
        self.crls = crls;
        self.hear(found);
    }

    /// Takes findings in: errors stop the plan.
    pub(super) fn hear(&mut self, found: Diagnostics) {
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
        &mut self,
        entity: &'a Entity,
        seen: &Seen,
        decision: Decision,
    ) -> Result<Decision, Diagnostic> {
        let Some(above) = self.statements.above(self.hierarchy, entity) else {
            return Ok(decision);
        };
        match (decision.action, &seen.certificate) {
            (Action::Renew, SeenCertificate::Here { dates, .. }) => {
                let ca = above.entity.id.as_str();
                self.unrenewed.entry(ca).or_default().push(entity);
                Ok(Decision {
                    action: Action::Keep,
                    reasons: Vec::new(),
                    dates: Some(*dates),
                    ..decision
                })
            }
            (action, _) if action.issues() && !self.restores(entity, seen) => {
                Err(say::beneath(entity, above))
            }
            _ => Ok(decision),
        }
    }

    /// The dates that an entity keeps from epoch to epoch: it is revoked, or a CA above it is, and is not renewed.
    pub(super) fn held(&self, entity: &Entity, seen: &Seen) -> Option<Dates> {
        self.hierarchy.reproducible()?;
        let known = seen.known.as_ref()?;
        let is_frozen = self.statements.in_force(&entity.id).is_some()
            || self.statements.above(self.hierarchy, entity).is_some();
        known
            .dates
            .filter(|_| is_frozen && known.generation == entity.generation.value)
    }

    /// Whether what is made is the certificate that the lock knows, derived again.
    fn restores(&self, entity: &Entity, seen: &Seen) -> bool {
        let issuer = entity.issuer.as_ref();
        let issuer = issuer.and_then(|issuer| self.after.get(issuer.value.as_str()));
        let print = |key| wanted_print(entity, key, issuer, names_serial(entity));
        seen.certificate == SeenCertificate::Missing
            && self.held(entity, seen).is_some()
            && seen.fingerprint.is_some()
            && seen.public_key().and_then(print) == seen.fingerprint
    }
}

/// What the lock knows of the CRL of a CA.
pub(super) fn locked<'a>(state: &'a State, id: &str) -> Option<&'a CrlLock> {
    state.locked(id)?.crl.as_ref()
}

type Fate = Result<Option<(CrlStep, Vec<Reason>)>, Box<Diagnostic>>;

/// Decides on the CRL of a CA that has one: the CRL to be issued and why; none if the one that is there stays.
fn fate(walk: &Walk<'_>, ca: &Draft<'_>, issued: &[Issued<'_>], found: &mut Diagnostics) -> Fate {
    let (hierarchy, entity) = (walk.hierarchy, ca.entity);
    let ends = ca.decision.dates.map(|dates| dates.not_after);
    let beyond = || Box::new(say::beyond_calendar(entity));
    let (this_update, next_update) = dates(hierarchy, entity, ends).ok_or_else(beyond)?;
    let (intact, damage) = files(walk, entity);
    let locked = locked(walk.state, &entity.id);
    // A run that died may have issued one that the lock does not know.
    let later = if intact {
        None
    } else {
        crl_found::later(walk.state, entity, locked)
    };
    let old = later.as_ref().or(locked);
    let wanted = Wanted::of(walk, entity, old, issued, this_update);
    let mut reasons = Vec::new();
    if old.is_none() {
        reasons.push(Reason::CrlNew);
    }
    if wanted.changes() {
        reasons.push(Reason::CrlChanges {
            revoked: wanted.gains.clone(),
            released: wanted.loses.clone(),
            amended: wanted.amends.clone(),
        });
    }
    if let Some(old) = old {
        reasons.extend(in_time(hierarchy, entity, old, (this_update, next_update)));
    }
    reasons.extend(damage);
    let is_meant = walk.targets.means(&entity.id)
        || ca.decision.action.issues()
        || wanted.changed().any(|id| walk.targets.means(id));
    let has_to = !reasons.is_empty() || !intact || ca.decision.action.issues();
    if !has_to || !is_meant {
        // That of a CA that is walked for what it issues alone waits for a plan that is about it.
        return Ok(None);
    }
    found.extend(say::of_dates(walk, &wanted));
    let listed = old.map_or(0, |old| old.listed).saturating_add(wanted.new);
    let number = match hierarchy.reproducible() {
        Some(_) => CrlNumber::Epoch(u32::try_from(this_update.as_second()).map_err(|_| beyond())?),
        None => CrlNumber::Fixed(old.map_or(0, |old| old.number).saturating_add(1)),
    };
    if let Some(old) = old.filter(|old| number.with(listed) < old.number) {
        return Err(Box::new(say::number_falls(walk, entity, old)));
    }
    if hierarchy.reproducible().is_some() && next_update <= hierarchy.now() {
        found.push(say::holds_no_longer(entity, next_update));
    }
    let step = CrlStep {
        this_update,
        next_update,
        number,
        listed,
        entries: wanted.entries,
        pending: wanted.pending,
    };
    Ok(Some((step, reasons)))
}

/// Whether the files of a CRL are those that the lock knows, and what is wrong with them if it had them.
fn files(walk: &Walk<'_>, ca: &Entity) -> (bool, Vec<Reason>) {
    let entry = walk.state.locked(&ca.id);
    let is_known = entry.is_some_and(|entry| entry.crl.is_some());
    let (mut intact, mut damage) = (true, Vec::new());
    for output in ca.outputs.iter().filter(|one| one.artifact.is_crl()) {
        let path = output.path.clone();
        let reason = match observe::file(walk.state, entry, output) {
            SeenFile::Locked(_) => continue,
            SeenFile::Missing
                if entry.is_some_and(|entry| entry.files.values().any(|one| one.path == path)) =>
            {
                Reason::FileMissing { path }
            }
            SeenFile::Missing | SeenFile::Unknown(_) => Reason::OutputAdded { path },
            SeenFile::Changed => Reason::ChangedByHand { path },
            SeenFile::Unreadable(fault) => Reason::Unreadable { path, fault },
        };
        intact = false;
        damage.extend(Some(reason).filter(|_| is_known));
    }
    (intact, damage)
}

/// Why the CRL has to be issued again as time goes by, if it has to.
fn in_time(
    hierarchy: &Hierarchy,
    ca: &Entity,
    old: &CrlLock,
    (this_update, next_update): (Timestamp, Timestamp),
) -> Option<Reason> {
    if hierarchy.reproducible().is_some() {
        return if old.this_update != this_update {
            Some(Reason::Epoch {
                begins: this_update,
            })
        } else if old.next_update != next_update {
            Some(Reason::CrlHolds { next_update })
        } else {
            None
        };
    }
    let due = ca.crl.renew.begins(old.this_update, old.next_update);
    if due <= Some(hierarchy.now()) {
        return Some(Reason::CrlDue {
            next_update: old.next_update,
        });
    }
    (validity(ca).after(old.this_update) != Some(old.next_update))
        .then_some(Reason::CrlHolds { next_update })
}

/// How long a CRL holds that no epoch dates.
fn validity(ca: &Entity) -> Duration {
    ca.crl.validity.unwrap_or_else(|| Duration::days(DAYS))
}

/// When a CRL that is issued now is issued, and until when it holds.
fn dates(
    hierarchy: &Hierarchy,
    ca: &Entity,
    ends: Option<Timestamp>,
) -> Option<(Timestamp, Timestamp)> {
    let begin = hierarchy.epoch();
    let end = match (hierarchy.reproducible(), ca.crl.validity) {
        // Until everybody has the next one; where the epoch is fixed, as long as the CA.
        (Some(reproducible), None) => match (reproducible.period, reproducible.next) {
            (Some(period), Some(next)) => period.after(next)?,
            _ => ends?,
        },
        _ => validity(ca).after(begin)?,
    };
    Some((begin, end))
}
