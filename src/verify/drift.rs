//! Whether the store is what the spec says: the plan, seen as findings.

use std::collections::BTreeSet;

use crate::hierarchy::Hierarchy;
use crate::plan::{self, Action, Reason};
use crate::source::Level;
use crate::store::State;

use super::verdict::{Check, Status, Verdict};

/// Adds what a plan would do to what was not said yet.
pub(super) fn drift(hierarchy: &Hierarchy, state: &State, verdict: &mut Verdict) {
    let plan = match plan::plan(hierarchy, state, &plan::Options::default()) {
        Ok(plan) => plan,
        Err(faults) => {
            for fault in &faults {
                let status = if fault.level == Level::Error {
                    Status::Failed
                } else {
                    Status::Warning
                };
                verdict.push(Check::of_store("drift", status, fault.message.clone()));
            }
            return;
        }
    };
    let said: BTreeSet<String> = verdict
        .checks
        .iter()
        .filter(|check| check.status == Status::Failed)
        .filter_map(|check| check.id.clone())
        .collect();
    for step in &plan.steps {
        if step.action == Action::Keep || said.contains(&step.id) {
            continue;
        }
        let reasons: Vec<String> = step.reasons.iter().map(ToString::to_string).collect();
        let message = format!(
            "the next apply would {} it: {}",
            step.action.verb(),
            reasons.join("; ")
        );
        // What is only due is well today.
        let due = step.action == Action::Renew
            && !step
                .reasons
                .iter()
                .any(|reason| matches!(reason, Reason::Expired { .. }));
        let check = if due || step.action == Action::Adopt {
            Check::warning("drift", &step.id, message)
        } else {
            Check::failed("drift", &step.id, message)
        };
        verdict.push(check);
    }
    for orphan in &plan.orphans {
        verdict.push(
            Check::warning(
                "orphan",
                &orphan.id,
                "it is in the store, and no longer in the spec".to_owned(),
            )
            .help("`pkiform apply --prune` takes it away"),
        );
    }
}
