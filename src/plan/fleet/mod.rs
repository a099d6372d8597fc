//! Fleets that lie in packs: planned some members at a time, told as a summary.

mod across;
mod chains;
mod duplicates;
mod find;
mod inputs;
mod members;
mod moved;
mod overlap;
mod part;
mod summary;
mod walk;

pub(super) use across::shared_across;
pub(crate) use chains::stale_chains;
pub use find::{Found, find_member};
pub(crate) use inputs::note_inputs;
pub(crate) use members::MemberIds;
pub(super) use moved::unpacked;
pub(crate) use overlap::overlap;
pub(crate) use part::lot_rows;
pub use part::{PartPlan, PartPlanner};
pub use summary::{FleetPlan, Group};
pub(crate) use walk::chosen;
pub(super) use walk::plan_fleet;
