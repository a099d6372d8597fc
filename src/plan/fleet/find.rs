//! One member of a packed fleet, with what its pack holds of it.

use super::part::{PartPlan, PartPlanner};
use crate::hierarchy::Hierarchy;
use crate::plan::{Options, Shard};
use crate::source::{Diagnostic, Diagnostics};
use crate::store::{Pack, State, StoreError};

/// A member that was found.
#[derive(Debug)]
pub struct Found {
    /// The member below its CAs, and what the pack holds of it.
    pub planned: PartPlan,
    /// Its pack, if that is made.
    pub pack: Option<Pack>,
}

/// Finds a member by its id; none if no packed fleet has it.
///
/// # Errors
/// What is wrong with it, or with its pack.
pub fn find_member(
    hierarchy: &Hierarchy,
    state: &State,
    id: &str,
) -> Result<Option<Found>, Diagnostics> {
    let store =
        |error: StoreError| Diagnostics::from(Diagnostic::error("store", error.to_string()));
    for fleet in hierarchy.fleets() {
        let Some(member) = fleet.members().flatten().find(|member| member.id() == id) else {
            continue;
        };
        let packs = state.packs_of(hierarchy, fleet).map_err(store)?;
        let holds = |shard: &Option<String>| {
            let shard: Option<Shard> = shard.as_deref().and_then(|shard| shard.parse().ok());
            shard.is_none_or(|shard| shard.holds_id(id))
        };
        let pack = packs
            .into_iter()
            .find(|(owner, _)| holds(&owner.shard))
            .map(|(_, pack)| pack);
        let rows = match &pack {
            Some(pack) => pack.rows([id]).map_err(store)?,
            None => Vec::new(),
        };
        let options = Options::default();
        let planner = PartPlanner::new(hierarchy, fleet, state, &options)?;
        let planned = planner.plan(&[member], rows)?;
        if planned.part.faults.has_errors() {
            return Err(planned.part.faults);
        }
        return Ok(Some(Found { planned, pack }));
    }
    Ok(None)
}
