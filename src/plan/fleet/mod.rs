//! Fleets that lie in packs: planned some members at a time, told as a summary.

mod chains;
mod duplicates;
mod find;
mod inputs;
mod members;
mod moved;
mod summary;
mod walk;

pub use find::{Found, find_member};
pub(crate) use inputs::note_inputs;
pub(crate) use members::MemberIds;
pub(super) use moved::unpacked;
pub use summary::{FleetPlan, Group};
pub(super) use walk::plan_fleet;
pub use walk::{PartPlan, plan_part};
pub(crate) use walk::{chosen, lot_rows};
