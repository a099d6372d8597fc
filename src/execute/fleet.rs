//! Carrying out the plan of a packed fleet: lot by lot, each in one transaction of its pack; what is computed of the next
//! lot goes on while the last is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::hierarchy::{Entity, Fleet, Hierarchy, lots};
use crate::plan::{self, Action, FleetPlan, PartPlan, PartPlanner, Step, chosen, lot_rows};
use crate::source::Diagnostics;
use crate::store::{MemoryFile, Owner, Pack, PackLock, PackedRow, State, Store};

use super::cas::Cas;
use super::fleets::settle;
use super::keyring::Keyring;
use super::work::{Done, Shared, work};
use super::{Event, ExecuteError, Options, Outcome};

/// How many members are worked on at a time: what is in memory, and what a run that dies may have to do again.
const LOT: usize = 2048;

/// What a fleet is carried out with.
#[derive(Clone, Copy, Debug)]
pub(super) struct FleetRun<'a> {
    /// The spec.
    pub(super) hierarchy: &'a Hierarchy,
    /// The fleet.
    pub(super) fleet: &'a Fleet,
    /// What the store holds, the CAs in place.
    pub(super) state: &'a State,
    /// How the plan was made.
    pub(super) planning: &'a plan::Options,
    /// How it is carried out.
    pub(super) options: &'a Options,
}

/// Carries out the plan of a packed fleet, and gives the line that the lock shall have of its pack.
///
/// # Errors
/// What stopped the run. What was committed before stays, and the next run goes on there.
pub(super) fn execute_fleet(
    run: FleetRun<'_>,
    plan: &FleetPlan,
    keyring: Keyring,
    outcome: &mut Outcome,
    on_event: &mut dyn FnMut(Event),
) -> Result<(PackLock, Option<ExecuteError>), ExecuteError> {
    let jobs = run.options.jobs.unwrap_or(0);
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs);
    let pool = builder.build().map_err(ExecuteError::Threads)?;
    let total = plan.counts.changed();
    on_event(Event::Started { total });
    let mut work = Work {
        run,
        pack: open(run, plan)?,
        keyring,
        cas: Cas::default(),
        chains: BTreeSet::new(),
        warned: outcome.warnings.clone(),
        done: 0,
        total,
        interrupted: false,
    };
    work.lots(&pool, outcome, on_event)?;
    let stopped = work.interrupted && work.done < work.total;
    if run.planning.prune && plan.counts.remove > 0 && !stopped {
        work.prune(outcome)?;
    }
    let (done, total) = (work.done, work.total);
    let interrupted = stopped.then_some(ExecuteError::Interrupted { done, total });
    let (line, is_whole) = work.finish(plan, stopped, on_event)?;
    on_event(Event::Finished);
    let interrupted = interrupted.or_else(|| {
        let unfinished = !stopped && !is_whole;
        unfinished.then_some(ExecuteError::Interrupted { done, total })
    });
    Ok((line, interrupted))
}

fn open(run: FleetRun<'_>, plan: &FleetPlan) -> Result<Pack, ExecuteError> {
    let shard = plan.shard.map(|shard| shard.to_string());
    let owner = Owner::of(run.hierarchy, run.fleet, shard);
    let mut pack = Pack::create(&run.state.dir().join(owner.file()), &owner)?;
    pack.fill(run.fleet.pack().value)?;
    pack.close_to_others()?;
    if plan.counts.changes().next().is_some() {
        pack.begin(run.state.pack_line(&owner.file()))?;
    }
    Ok(pack)
}

/// A run under way.
struct Work<'a> {
    run: FleetRun<'a>,
    pack: Pack,
    keyring: Keyring,
    cas: Cas,
    /// The issuers whose chains the pack has as they are now.
    chains: BTreeSet<String>,
    warned: Diagnostics,
    done: usize,
    total: usize,
    /// Whether the user asked the run to stop.
    interrupted: bool,
}

/// What a lot has become, ready to be written.
#[derive(Default)]
struct Ready {
    new: Vec<PackedRow>,
    changed: Vec<PackedRow>,
    done: Vec<(String, Action)>,
    keys: usize,
    certificates: usize,
}

impl Work<'_> {
    fn lots(
        &mut self,
        pool: &rayon::ThreadPool,
        outcome: &mut Outcome,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), ExecuteError> {
        let run = self.run;
        let planner = PartPlanner::new(run.hierarchy, run.fleet, run.state, run.planning)
            .map_err(ExecuteError::Refused)?;
        let mut waiting: Option<Ready> = None;
        // To ask a new pack for each member would take as long as to plan it.
        let is_new = self.pack.is_empty()?;
        // What is wrong with rows that are left out was said by the plan.
        let mut lots = lots(run.fleet, LOT, chosen(run.fleet, run.planning));
        let mut next = lots.next();
        while let Some(lot) = next {
            if run.options.stop.is_asked() {
                self.interrupted = true;
                break;
            }
            let shares = lot_rows(Some(&self.pack).filter(|_| !is_new), &lot.members)?;
            let planned: Vec<Result<PartPlan, Diagnostics>> = pool.install(|| {
                let shares = shares.into_par_iter();
                let plan = |(members, rows)| planner.plan(members, rows);
                shares.map(plan).collect()
            });
            let planned: Vec<PartPlan> = planned
                .into_iter()
                .collect::<Result<_, _>>()
                .map_err(ExecuteError::Refused)?;
            for part in &planned {
                // Rows that have changed since the plan was shown have not been agreed to.
                if part.plan.needs_word().has_errors() {
                    return Err(ExecuteError::Refused(part.plan.needs_word().clone()));
                }
                self.make_ready(part, outcome, on_event)?;
            }
            let (keyring, cas) = (&self.keyring, &self.cas);
            let (sender, receiver) = std::sync::mpsc::channel();
            let pack = &mut self.pack;
            let (written, following) = pool.in_place_scope(|scope| {
                scope.spawn(|_| {
                    let made: Result<Vec<Ready>, ExecuteError> = planned
                        .par_iter()
                        .map(|part| share(part, keyring, cas))
                        .collect();
                    let _ = sender.send(made);
                });
                (write(pack, waiting.take()), lots.next())
            });
            next = following;
            let written = written?;
            self.tell(written, outcome, on_event);
            let made = receiver.recv().map_err(|_| ExecuteError::Stale {
                id: run.fleet.name().to_owned(),
            })??;
            waiting = Some(joined(made));
        }
        let written = write(&mut self.pack, waiting)?;
        self.tell(written, outcome, on_event);
        Ok(())
    }

    /// Reads the secrets and the CAs that a share needs and that are not there yet.
    fn make_ready(
        &mut self,
        part: &PartPlan,
        outcome: &mut Outcome,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), ExecuteError> {
        if part.plan.is_empty() {
            return Ok(());
        }
        let (hierarchy, state) = (&part.part.hierarchy, &part.state);
        let mut warnings = Diagnostics::new();
        self.keyring
            .extend(
                &part.plan,
                hierarchy,
                state,
                self.run.options,
                &mut warnings,
            )
            .map_err(ExecuteError::Refused)?;
        for warning in warnings {
            if !self
                .warned
                .iter()
                .any(|known| known.code == warning.code && known.labels == warning.labels)
            {
                self.warned.push(warning.clone());
                outcome.warnings.push(warning.clone());
                on_event(Event::Warning(warning));
            }
        }
        for step in part
            .plan
            .steps
            .iter()
            .filter(|step| step.action != Action::Keep)
        {
            let Some(issuer) = &step.issuer else {
                continue;
            };
            let signs = step.action.issues();
            self.cas
                .load(issuer, hierarchy, state, &self.keyring, signs)?;
            if let Some(entity) = hierarchy.get(&step.id) {
                for anchor in plan::trust(entity, None) {
                    self.cas
                        .load(anchor, hierarchy, state, &self.keyring, false)?;
                }
            }
            if !self.chains.contains(issuer)
                && let Some(ca) = self.cas.get(issuer)
            {
                self.pack.put_chain(issuer, &ca.chain_pem, &ca.root_pem)?;
                self.chains.insert(issuer.clone());
            }
        }
        Ok(())
    }

    fn tell(&mut self, written: Ready, outcome: &mut Outcome, on_event: &mut dyn FnMut(Event)) {
        outcome.keys = outcome.keys.saturating_add(written.keys);
        outcome.certificates = outcome.certificates.saturating_add(written.certificates);
        for (id, action) in written.done {
            self.done = self.done.saturating_add(1);
            on_event(Event::Done {
                id,
                family: self.run.fleet.name().to_owned(),
                action,
                done: self.done,
                total: self.total,
            });
        }
    }
}

fn write(pack: &mut Pack, ready: Option<Ready>) -> Result<Ready, ExecuteError> {
    let mut ready = ready.unwrap_or_default();
    if !ready.new.is_empty() || !ready.changed.is_empty() {
        pack.put(&ready.new, &ready.changed, &[])?;
        ready.new.clear();
        ready.changed.clear();
    }
    Ok(ready)
}

fn joined(made: Vec<Ready>) -> Ready {
    let mut all = Ready::default();
    for one in made {
        all.new.extend(one.new);
        all.changed.extend(one.changed);
        all.done.extend(one.done);
        all.keys = all.keys.saturating_add(one.keys);
        all.certificates = all.certificates.saturating_add(one.certificates);
    }
    all
}

/// Works on a share: its members' steps, one after another.
fn share(planned: &PartPlan, keyring: &Keyring, cas: &Cas) -> Result<Ready, ExecuteError> {
    let store = Store::in_memory();
    let mut ready = Ready::default();
    let mut made: Vec<(&Step, &Arc<Entity>, Done)> = Vec::new();
    for step in &planned.plan.steps {
        let Some(entity) = planned.part.hierarchy.get(&step.id) else {
            continue;
        };
        if step.action == Action::Keep || entity.is_ca() {
            continue;
        }
        let shared = Shared {
            hierarchy: &planned.part.hierarchy,
            state: &planned.state,
            store: &store,
            keyring,
            cas,
        };
        made.push((step, entity, work(shared, step)?));
    }
    let mut files = store
        .into_memory()
        .map(crate::store::Memory::into_files)
        .unwrap_or_default();
    for (step, entity, done) in made {
        ready.keys = ready
            .keys
            .saturating_add(usize::from(step.action.makes_key() && done.key.is_some()));
        ready.certificates = ready
            .certificates
            .saturating_add(usize::from(step.action.issues()));
        ready.done.push((step.id.clone(), step.action));
        let is_known = planned.state.locked(&step.id).is_some();
        let row = row(entity, done, &planned.state, &mut files)?;
        if is_known {
            ready.changed.push(row);
        } else {
            ready.new.push(row);
        }
    }
    Ok(ready)
}

/// The row of a member that is done: what was written, and what stays.
fn row(
    entity: &Entity,
    done: Done,
    state: &State,
    files: &mut BTreeMap<Utf8PathBuf, MemoryFile>,
) -> Result<PackedRow, ExecuteError> {
    let mut contents = BTreeMap::new();
    for output in &entity.outputs {
        let content = match files.remove(&output.path) {
            Some(file) => Some(file.bytes),
            None => state.read_file(&output.path)?.map(Zeroizing::new),
        };
        if let Some(content) = content {
            contents.insert(output.artifact.id().to_owned(), content);
        }
    }
    Ok(PackedRow {
        entry: done.entry,
        files: contents,
    })
}

impl Work<'_> {
    /// Takes out what the spec no longer has; the keys go to the pack's archive.
    fn prune(&mut self, outcome: &mut Outcome) -> Result<(), ExecuteError> {
        let planning = self.run.planning;
        if !planning.targets.is_empty() {
            return Ok(());
        }
        let mut there = plan::MemberIds::default();
        for member in self.run.fleet.members().flatten() {
            there.add(member.id());
        }
        let mut gone = Vec::new();
        there.sort();
        self.pack.ids(|id| {
            if !there.has(id) {
                gone.push(id.to_owned());
            }
        })?;
        outcome.members_removed = outcome.members_removed.saturating_add(gone.len());
        for some in gone.chunks(LOT) {
            self.pack.put(&[], &[], some)?;
        }
        Ok(())
    }

    /// Notes what the pack was made from, and gives its line for the lock.
    fn finish(
        mut self,
        plan: &FleetPlan,
        stopped: bool,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(PackLock, bool), ExecuteError> {
        let run = self.run;
        for issuer in plan
            .issuers
            .iter()
            .filter(|issuer| !self.chains.contains(*issuer))
        {
            self.cas
                .load(issuer, run.hierarchy, run.state, &self.keyring, false)?;
            if let Some(ca) = self.cas.get(issuer) {
                self.pack.put_chain(issuer, &ca.chain_pem, &ca.root_pem)?;
            }
        }
        let shard = plan.shard.map(|shard| shard.to_string());
        let owner = Owner::of(run.hierarchy, run.fleet, shard);
        let is_whole = !stopped
            && self.pack.write_volumes(&owner, &mut |done, total| {
                let family = plan.family.clone();
                on_event(Event::Archiving {
                    family,
                    done,
                    total,
                });
                !run.options.stop.is_asked()
            })?;
        settle(&mut self.pack, plan, is_whole)?;
        let seed = self.keyring.seed().map(|seed| seed.seed.fingerprint());
        Ok((self.pack.line(&plan.family, seed)?, is_whole))
    }
}
