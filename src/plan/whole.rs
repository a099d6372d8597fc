//! The ways into planning: a whole hierarchy, all but its packed fleets, some members of one.

use std::collections::BTreeMap;

use crate::hierarchy::Hierarchy;
use crate::source::{Diagnostic, Diagnostics};
use crate::store::{Header, State};

use super::crl_faults;
use super::decided::DecidedCas;
use super::targets::Targets;
use super::walk::Walk;
use super::{Options, Plan, finish, fleet};

/// Says what would take the store to what the hierarchy says. Reads public things alone; writes nothing.
///
/// # Errors
/// What no flag can mend: a target that is no entity, a generation that falls, an issuer that cannot issue.
pub fn plan(hierarchy: &Hierarchy, state: &State, options: &Options) -> Result<Plan, Diagnostics> {
    let mut plan = plan_but_fleets(hierarchy, state, options)?;
    let mut faults = Diagnostics::new();
    fleet::unpacked(hierarchy, state, options, &mut plan);
    let mut keys = BTreeMap::new();
    for fleet in hierarchy.fleets() {
        match fleet::plan_fleet(hierarchy, fleet, state, &plan, options) {
            Ok(planned) => {
                keys.extend(planned.keys.map(|keys| (fleet.name(), keys)));
                plan.fleets.push(planned.plan);
                plan.warnings.extend(planned.warnings);
                plan.needs_word.extend(planned.needs_word);
                plan.left_out.extend(planned.left_out);
            }
            Err(found) => faults.extend(found),
        }
    }
    match fleet::shared_across(hierarchy, state, options, keys) {
        Ok(found) => faults.extend(found),
        Err(error) => faults.push(Diagnostic::error("store", error.to_string())),
    }
    if faults.has_errors() {
        Err(faults)
    } else {
        Ok(plan)
    }
}

/// The plan for everything but the packed fleets.
pub(crate) fn plan_but_fleets(
    hierarchy: &Hierarchy,
    state: &State,
    options: &Options,
) -> Result<Plan, Diagnostics> {
    let header = Header {
        spec: hierarchy.name().to_owned(),
        env: hierarchy.env().map(ToOwned::to_owned),
    };
    if let Err(error) = state.check_header(&header) {
        return Err(Diagnostic::error("foreign-store", error.to_string())
            .at(hierarchy.spec_span(), "this spec")
            .into());
    }
    let targets = Targets::choose(hierarchy, options)?;
    let mut walk = Walk::new(hierarchy, state, options, targets);
    walk.check_flags();
    walk.entities();
    walk.decide_on_crls();
    walk.check_signers();
    walk.say_who_waits();
    for fault in finish::taken_paths(&walk) {
        walk.faults.push(fault);
    }
    if walk.faults.has_errors() {
        return Err(walk.faults);
    }
    Ok(finish::plan(walk))
}

/// The plan for members of a packed fleet that stand below the CAs of a [`Hierarchy::with`]. Lists, flags and what left
/// the spec are the whole plan's to decide on.
pub(super) fn plan_members(
    part: &Hierarchy,
    state: &State,
    options: &Options,
    cas: &DecidedCas,
) -> Result<Plan, Diagnostics> {
    let mut walk = Walk::new(part, state, options, Targets::everything());
    walk.stand_below(cas);
    walk.entities();
    walk.check_signers();
    walk.say_who_waits();
    let found = crl_faults::of_members(&walk);
    walk.hear(found);
    if walk.faults.has_errors() {
        return Err(walk.faults);
    }
    Ok(finish::part(walk))
}
