//! A packed fleet judged: its database, each member as an entity with files of its own, no serial and no key twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::catalog::Value;
use crate::hierarchy::{Entity, EntityKind, Fleet, Hierarchy, Lot, lots};
use crate::plan::{
    self, MemberIds, PartPlan, PartPlanner, Shard, lot_rows, overlap, revoked_entities,
    stale_chains,
};
use crate::store::{Owner, Pack, State, StoreError};
use crate::x509::Certificate;

use super::chain::Anchors;
use super::lock::WRITTEN_BY_ANOTHER;
use super::run::{anchors, certificate};
use super::verdict::{Check, Status, Verdict};
use super::{Options, drift, entity};

/// How many members are judged at a time.
const LOT: usize = 2048;
/// How many findings on members are told; all are counted.
const MOST: usize = 100;

/// Judges a fleet. `above` are the certificates of the CAs.
pub(super) fn fleet(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    above: &BTreeMap<&str, Certificate>,
    state: &State,
    options: &Options,
    whole: &mut Verdict,
) {
    let broken = |error: StoreError| Check::of_store("pack", Status::Failed, error.to_string());
    let packs = match state.packs_of(hierarchy, fleet) {
        Ok(packs) => packs,
        Err(error) => return whole.push(broken(error)),
    };
    let is_meant = |id: &str| options.shard.is_none_or(|shard| shard.holds_id(id));
    if packs.is_empty() && fleet.members().flatten().any(|one| is_meant(one.id())) {
        let shard = options.shard.map(|shard| shard.to_string());
        let file = Owner::of(hierarchy, fleet, shard).file();
        let message = format!(
            "the pack {} of `{}` is missing",
            state.dir().join(file),
            fleet.name()
        );
        let known = state
            .packs()
            .any(|line| line.fleet == fleet.name() && line.members > 0);
        whole.push(
            Check::of_store("missing", Status::Failed, message).help(if known {
                "put it back: the keys are in it"
            } else {
                "the next `pkiform apply` makes it"
            }),
        );
    }
    for share in state.unknown_shares(hierarchy, fleet) {
        let message = format!(
            "the lock does not know the share {}",
            state.dir().join(share.file())
        );
        whole.push(Check::of_store("orphan", Status::Warning, message).help(
            "its run was cut off: apply it again; or a merge was, which `pkiform merge` ends",
        ));
    }
    for (owner, pack) in &packs {
        let mut judge = Judge {
            hierarchy,
            fleet,
            state,
            pack,
            options,
            anchors: anchors_of(hierarchy, fleet, above),
            shard: owner.shard.as_deref().and_then(|shard| shard.parse().ok()),
            met: MemberIds::default(),
            serials: MemberIds::default(),
            keys: MemberIds::default(),
            issuers: BTreeSet::new(),
            findings: 0,
            left_out: 0,
        };
        if let Err(error) = judge.pack(owner, whole) {
            whole.push(broken(error));
        }
    }
}

/// Whether members of two packs, or a member and what lies beside packs, share an id or a public key.
pub(super) fn between(hierarchy: &Hierarchy, state: &State, whole: &mut Verdict) {
    let packs = hierarchy.fleets().iter();
    let packs = packs.filter_map(|fleet| state.packs_of(hierarchy, fleet).ok());
    let packs: Vec<Pack> = packs.flatten().map(|(_, pack)| pack).collect();
    let loose = state.locked_ids().filter_map(|id| state.locked(id));
    let loose: Vec<_> = loose
        .filter(|entry| entry.kind != EntityKind::Ca && hierarchy.get(&entry.id).is_some())
        .map(|entry| (entry.id.as_str(), entry.public_key))
        .collect();
    let known = |code: &str| whole.checks.iter().any(|check| check.code == code);
    if packs.is_empty() || known("key") {
        return;
    }
    match overlap(&packs.iter().collect::<Vec<_>>(), &loose) {
        Ok(None) => {}
        Ok(Some(found)) => {
            let message = format!("has the {} of `{}`", found.what, found.one);
            whole.push(Check::failed("key", &found.other, message));
        }
        Err(error) => whole.push(Check::of_store("pack", Status::Failed, error.to_string())),
    }
}

struct Judge<'a> {
    hierarchy: &'a Hierarchy,
    fleet: &'a Fleet,
    state: &'a State,
    pack: &'a Pack,
    options: &'a Options,
    anchors: Anchors,
    shard: Option<Shard>,
    met: MemberIds,
    serials: MemberIds,
    keys: MemberIds,
    issuers: BTreeSet<String>,
    findings: usize,
    /// Members that break rules (`--keep-going`).
    left_out: usize,
}

impl Judge<'_> {
    fn pack(&mut self, owner: &Owner, whole: &mut Verdict) -> Result<(), StoreError> {
        let file = self.state.dir().join(owner.file());
        if let Some(damage) = self.pack.damage()? {
            let message = format!("the pack {file} is damaged: {damage}");
            whole.push(
                Check::of_store("pack", Status::Failed, message).help("put a copy of it back"),
            );
            return Ok(());
        }
        let shard = self.shard;
        for lot in lots(self.fleet, LOT, move |id| {
            shard.is_none_or(|shard| shard.holds_id(id))
        }) {
            self.lot(&lot, whole)?;
        }
        if self.left_out > 0 {
            let message = format!(
                "{} of `{}` left out: something is wrong with them",
                self.left_out,
                self.fleet.name()
            );
            let check = Check::of_store("rows", Status::Failed, message);
            whole.push(check.help("`pkiform plan --keep-going` lists them"));
        }
        if self.findings > MOST {
            let message = format!(
                "{} more findings on members of `{}`",
                self.findings - MOST,
                self.fleet.name()
            );
            whole.push(Check::of_store("pack", Status::Failed, message));
        }
        let line = self.state.pack_line(&owner.file());
        if line.is_none_or(|line| {
            self.pack
                .digest_as_read()
                .is_ok_and(|digest| digest != line.sha256)
        }) {
            let message = format!("the pack {file} is not the one that the lock knows");
            let check = Check::of_store("lock", Status::Failed, message);
            whole.push(check.help("`pkiform plan` says what would mend it"));
        }
        for volume in self
            .pack
            .damaged_volumes(owner, self.fleet.pack().value.format)?
        {
            let message = format!("the archive {volume} is not what the pack says");
            let check = Check::of_store("pack", Status::Failed, message);
            whole.push(check.help("the next `pkiform apply` writes it again"));
        }
        if self.pack.is_open_to_others()? {
            let message = format!("others may read the pack {file}, or one of its archives");
            let check = Check::of_store("mode", Status::Failed, message);
            whole.push(check.help("the next `pkiform apply` mends it"));
        }
        self.left(whole)?;
        self.chains(whole);
        self.thumbprints(whole)?;
        self.twice(whole)
    }

    fn lot(&mut self, lot: &Lot, whole: &mut Verdict) -> Result<(), StoreError> {
        for fault in &lot.faults {
            self.add(
                Verdict::of(Check::of_store(
                    "drift",
                    Status::Failed,
                    fault.message.clone(),
                )),
                whole,
            );
        }
        let shares = lot_rows(Some(self.pack), &lot.members)?;
        let planning = plan::Options::default();
        let planner = PartPlanner::new(self.hierarchy, self.fleet, self.state, &planning);
        let (options, anchors) = (self.options, &self.anchors);
        let judged: Vec<(Verdict, Option<PartPlan>)> = shares
            .into_par_iter()
            .map(|(members, rows)| {
                let planned = match &planner {
                    Ok(planner) => planner.plan(members, rows),
                    Err(faults) => Err(faults.clone()),
                };
                match planned {
                    Ok(part) => (share(&part, anchors, options), Some(part)),
                    Err(faults) => {
                        let mut verdict = Verdict::default();
                        for fault in faults {
                            verdict.push(Check::of_store("drift", Status::Failed, fault.message));
                        }
                        (verdict, None)
                    }
                }
            })
            .collect();
        self.options
            .walked
            .fetch_add(lot.members.len(), Ordering::Relaxed);
        for member in &lot.members {
            self.met.add(member.id());
        }
        let mut good = 0_usize;
        for (verdict, part) in judged {
            if let Some(part) = &part {
                let told = part.part.faults.rows();
                let there = members(&part.part.hierarchy).count();
                good = good.saturating_add(there).saturating_add(told);
            }
            self.add(verdict, whole);
            for member in part.iter().flat_map(|part| members(&part.part.hierarchy)) {
                let locked = part.as_ref().and_then(|part| part.state.locked(&member.id));
                if let Some(entry) = locked {
                    self.keys.add_octets(&entry.public_key);
                    let issuer = entry.issuer.as_deref().unwrap_or_default();
                    if !self.issuers.contains(issuer) {
                        self.issuers.insert(issuer.to_owned());
                    }
                    let serial = entry.serial.as_deref().unwrap_or_default();
                    self.serials.add(&format!("{issuer} {serial}"));
                }
            }
        }
        if self.hierarchy.keeps_going() {
            let bad = lot.members.len().saturating_sub(good);
            self.left_out = self.left_out.saturating_add(bad);
        }
        Ok(())
    }

    /// Takes a verdict in, its findings so far as they can still be read.
    fn add(&mut self, mut verdict: Verdict, whole: &mut Verdict) {
        let room = MOST.saturating_sub(self.findings);
        let failed = verdict
            .checks
            .iter()
            .filter(|check| check.status != Status::Note)
            .count();
        self.findings = self.findings.saturating_add(failed);
        verdict.checks.truncate(room);
        whole.add(verdict);
    }

    /// Members that the spec no longer has.
    fn left(&mut self, whole: &mut Verdict) -> Result<(), StoreError> {
        self.met.sort();
        let (mut count, mut first) = (0_usize, None);
        self.pack.ids(|id| {
            if !self.met.has(id) {
                count = count.saturating_add(1);
                first.get_or_insert_with(|| id.to_owned());
            }
        })?;
        if let Some(first) = first {
            let more = and_more(count);
            let message = format!("it{more} is in the pack, and no longer in the spec");
            whole.push(
                Check::warning("orphan", &first, message)
                    .help("`pkiform apply --prune` takes it away"),
            );
        }
        Ok(())
    }

    /// The chains that members of an issuer share.
    fn chains(&self, whole: &mut Verdict) {
        let unknown = self.issuers.iter();
        for issuer in unknown.filter(|issuer| self.hierarchy.get(issuer).is_none()) {
            let message = format!(
                "members of `{}` are of an issuer `{issuer}`, which is none",
                self.fleet.name()
            );
            whole.push(Check::of_store("chain", Status::Failed, message).help(WRITTEN_BY_ANOTHER));
        }
        for issuer in stale_chains(self.hierarchy, self.state, &[], self.pack, &self.issuers) {
            let message = format!(
                "its chain in the pack of `{}` is another",
                self.fleet.name()
            );
            whole.push(
                Check::failed("chain", &issuer, message)
                    .help("the next `pkiform apply` writes it again"),
            );
        }
    }

    /// The thumbprints that the pack has for other programs.
    fn thumbprints(&mut self, whole: &mut Verdict) -> Result<(), StoreError> {
        let (mut count, mut first) = (0_usize, None);
        self.pack.other_thumbprints(|id| {
            count = count.saturating_add(1);
            first.get_or_insert_with(|| id.to_owned());
        })?;
        if let Some(first) = first {
            let more = and_more(count);
            let message =
                format!("the thumbprints of it{more} in the pack are not the certificate's");
            whole.push(Check::failed("lock", &first, message).help(WRITTEN_BY_ANOTHER));
        }
        Ok(())
    }

    /// Serials and keys that two members share (RFC 5280 §4.1.2.2).
    fn twice(&mut self, whole: &mut Verdict) -> Result<(), StoreError> {
        self.serials.sort();
        self.keys.sort();
        let serials: BTreeSet<u64> = self.serials.twice().collect();
        let keys: BTreeSet<u64> = self.keys.twice().collect();
        if serials.is_empty() && keys.is_empty() {
            return Ok(());
        }
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut after: Option<String> = None;
        loop {
            let rows = self.pack.rows_after(after.as_deref(), LOT)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = Some(last.entry.id.clone());
            for row in &rows {
                let entry = &row.entry;
                let issuer = entry.issuer.as_deref().unwrap_or_default();
                let serial = entry.serial.as_deref().unwrap_or_default();
                let one = format!("{issuer} {serial}");
                let key = data_encoding::HEXLOWER.encode(&entry.public_key);
                let suspects = [
                    (serials.contains(&MemberIds::print(&one)), one, "serial"),
                    (
                        keys.contains(&MemberIds::print_octets(&entry.public_key)),
                        key,
                        "key",
                    ),
                ];
                for (suspect, what, code) in suspects {
                    if !suspect {
                        continue;
                    }
                    if let Some(other) = seen.insert(what.clone(), entry.id.clone()) {
                        let message = format!("has the {code} of `{other}` ({what})");
                        self.findings = self.findings.saturating_add(1);
                        if self.findings <= MOST {
                            whole.push(Check::failed(code, &entry.id, message));
                        }
                    }
                }
            }
        }
    }
}

/// How many there are beside the one that is named.
fn and_more(count: usize) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

fn members(part: &Hierarchy) -> impl Iterator<Item = &Entity> {
    part.entities()
        .map(AsRef::as_ref)
        .filter(|entity: &&Entity| !entity.is_ca())
}

/// Judges some members.
fn share(planned: &PartPlan, anchors: &Anchors, options: &Options) -> Verdict {
    let (part, state) = (&planned.part.hierarchy, &planned.state);
    let revoked = revoked_entities(part, state);
    let mut verdict = Verdict::default();
    for member in members(part) {
        if state.locked(&member.id).is_none() {
            continue;
        }
        let certificate = certificate(state, member);
        let case = entity::Case {
            entity: member,
            certificate: certificate.as_ref(),
            revoked: revoked.contains(&member.id),
        };
        verdict.add(entity::entity(part, &case, anchors, state, options));
    }
    for fault in &planned.part.faults {
        verdict.push(Check::of_store(
            "drift",
            Status::Failed,
            fault.message.clone(),
        ));
    }
    let mut members = planned.plan.clone();
    members.steps.retain(|step| step.kind != plan::Kind::Ca);
    drift::steps(&members, &mut verdict);
    verdict
}

/// What the certificates of all CAs' members are judged against.
fn anchors_of(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    above: &BTreeMap<&str, Certificate>,
) -> Anchors {
    let resolver = fleet.resolver();
    let first = fleet
        .members()
        .flatten()
        .find_map(|member| resolver.entity(&member).ok());
    let is_odd = |entity: &Entity| {
        let mut extensions = entity.resolved_extensions();
        extensions
            .any(|extension| extension.critical && matches!(extension.value, Value::Custom(_)))
    };
    let cas: Vec<&Entity> = hierarchy.cas().map(AsRef::as_ref).collect();
    let ignore_critical = first.as_ref().is_some_and(is_odd) || cas.iter().any(|ca| is_odd(ca));
    let ids: BTreeSet<&str> = cas.iter().map(|ca| ca.id.as_str()).collect();
    anchors(hierarchy, &ids, ignore_critical, above)
}
