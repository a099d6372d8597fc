//! All packed fleets of a plan: their secrets before anything is written, then one after another, the lock with each.

use crate::hierarchy::{Hierarchy, lots};
use crate::plan::{self, FleetPlan, PartPlanner, chosen};
use crate::source::Diagnostics;
use crate::store::{Header, Owner, Pack, PackLock, State, Store, StoreError};

use super::fleet::{FleetRun, execute_fleet};
use super::keyring::Keyring;
use super::{Event, ExecuteError, Options, Outcome};

/// Reads the secrets that the first member of each packed fleet needs: what lacks a passphrase writes nothing at all.
pub(super) fn read_secrets(
    plan: &plan::Plan,
    hierarchy: &Hierarchy,
    state: &State,
    options: &Options,
    keyring: &mut Keyring,
    warnings: &mut Diagnostics,
) -> Result<(), Diagnostics> {
    let changes = plan
        .fleets
        .iter()
        .filter(|fleet| fleet.counts.changes().next().is_some());
    for fleet_plan in changes {
        let fleet = hierarchy
            .fleets()
            .iter()
            .find(|fleet| fleet.name() == fleet_plan.family);
        let first = fleet
            .and_then(|fleet| Some((fleet, lots(fleet, 1, chosen(fleet, &plan.options)).next()?)));
        if let Some((fleet, lot)) = first {
            let planner = PartPlanner::new(hierarchy, fleet, state, &plan.options)?;
            let planned = planner.plan(&lot.members, Vec::new())?;
            keyring.extend(
                &planned.plan,
                &planned.part.hierarchy,
                &planned.state,
                options,
                warnings,
            )?;
        }
    }
    Ok(())
}

/// Notes of packs that were looked at, and that nothing is to be done with, that they are as they should be: the next plan
/// goes by their sizes and times again.
///
/// # Errors
/// A pack or the store can't be read or written.
pub fn refresh_fleets(
    plan: &plan::Plan,
    hierarchy: &Hierarchy,
    state: &State,
    store: &mut Store,
) -> Result<(), ExecuteError> {
    for fleet_plan in plan.fleets.iter().filter(|fleet| fleet.was_walked()) {
        let mut fleets = hierarchy.fleets().iter();
        let fleet = fleets.find(|fleet| fleet.name() == fleet_plan.family);
        let (Some(fleet), Some(known)) = (fleet, state.pack_line(&fleet_plan.path)) else {
            continue;
        };
        let shard = fleet_plan.shard.map(|shard| shard.to_string());
        let owner = Owner::of(hierarchy, fleet, shard);
        if let Some(mut pack) = state.pack(&owner)?
            && pack.line(fleet.name(), known.seed.clone())? == *known
        {
            pack.fill(fleet.pack().value)?;
            pack.write_volumes(&owner, &mut |_, _| true)?;
            settle(&mut pack, fleet_plan, true)?;
            store.note_pack(known);
        }
    }
    let packs: Vec<PackLock> = state.packs().cloned().collect();
    let entries = state
        .locked_ids()
        .filter_map(|id| state.locked(id))
        .cloned()
        .collect();
    Ok(store.finish(&header(plan), entries, &packs, &[])?)
}

/// Notes in a pack what it was made from. One that is not whole is to be looked at again.
pub(super) fn settle(pack: &mut Pack, plan: &FleetPlan, is_whole: bool) -> Result<(), StoreError> {
    let (inputs, settled) = plan.settled();
    let inputs = if is_whole { inputs } else { String::new() };
    if pack.value("inputs")?.unwrap_or_default() != inputs {
        pack.set_value("inputs", &inputs)?;
        pack.set_value("plan", &settled)?;
    }
    Ok(())
}

fn header(plan: &plan::Plan) -> Header {
    Header {
        spec: plan.spec.clone(),
        env: plan.env.clone(),
    }
}

/// Carries out the plans of all packed fleets after everything else, and brings the lock up to date with each.
///
/// # Errors
/// What stopped the run. What was committed before stays, and the next run goes on there.
pub(super) fn execute_fleets(
    plan: &plan::Plan,
    hierarchy: &Hierarchy,
    keyring: &Keyring,
    store: &mut Store,
    options: &Options,
    outcome: &mut Outcome,
    on_event: &mut dyn FnMut(Event),
) -> Result<(), ExecuteError> {
    let planning = &plan.options;
    let changed = |step: &&plan::Step| step.action != plan::Action::Keep;
    let mut before = plan.steps.iter().filter(changed).count();
    let fleets = plan.fleets.iter().map(|fleet| fleet.counts.changed());
    let mut after: usize = fleets.sum();
    for fleet_plan in plan.fleets.iter().filter(|fleet| !fleet.is_empty()) {
        let Some(fleet) = hierarchy
            .fleets()
            .iter()
            .find(|fleet| fleet.name() == fleet_plan.family)
        else {
            continue;
        };
        let state = State::read(&plan.store)?;
        let mut fleet_plan = fleet_plan.clone();
        plan::note_inputs(&mut fleet_plan, hierarchy, fleet, &state, plan, planning);
        let run = FleetRun {
            hierarchy,
            fleet,
            state: &state,
            planning,
            options,
        };
        let (line, interrupted) =
            execute_fleet(run, &fleet_plan, keyring.clone(), outcome, on_event)?;
        store.note_pack(&line);
        let mut packs: Vec<PackLock> = state
            .packs()
            .filter(|known| known.pack != line.pack)
            .cloned()
            .collect();
        packs.push(line);
        packs.sort_by(|a, b| a.pack.cmp(&b.pack));
        let entries = state
            .locked_ids()
            .filter_map(|id| state.locked(id))
            .cloned()
            .collect();
        store.finish(&header(plan), entries, &packs, &[])?;
        outcome.packs.push(fleet_plan.path.clone());
        after = after.saturating_sub(fleet_plan.counts.changed());
        if let Some(interrupted) = interrupted {
            return Err(interrupted.among(before, after));
        }
        before = before.saturating_add(fleet_plan.counts.changed());
    }
    Ok(())
}

/// Puts the packs of fleets that left the spec into the archive, and takes their lines out of the lock.
///
/// # Errors
/// A pack can't be read, or the disk refuses.
pub(super) fn archive_packs(
    plan: &plan::Plan,
    store: &mut Store,
    outcome: &mut Outcome,
) -> Result<(), ExecuteError> {
    if plan.pruned_packs.is_empty() {
        return Ok(());
    }
    let state = State::read(&plan.store)?;
    for line in state
        .packs()
        .filter(|line| plan.pruned_packs.contains(&line.pack))
    {
        // One that is gone leaves the lock alone.
        let Some(mut pack) = state.pack_as_found(line)? else {
            continue;
        };
        let owner = Owner {
            header: header(plan),
            fleet: line.fleet.clone(),
            shard: line.shard(),
        };
        // Its archives have nothing that it has not.
        pack.write_volumes(&owner, &mut |_, _| true)?;
        drop(pack);
        outcome.archived.push(store.archive_pack(line)?);
    }
    let packs: Vec<PackLock> = state
        .packs()
        .filter(|line| !plan.pruned_packs.contains(&line.pack))
        .cloned()
        .collect();
    let entries = state.locked_ids().filter_map(|id| state.locked(id));
    let entries = entries.cloned().collect();
    Ok(store.finish(&header(plan), entries, &packs, &[])?)
}
