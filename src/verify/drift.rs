//! Whether the store is what the spec says: the plan, seen as findings.

use std::collections::BTreeSet;

use crate::catalog::RevocationReason;
use crate::hierarchy::Hierarchy;
use crate::plan::{self, Action, Reason, Step};
use crate::source::Level;
use crate::store::State;

use super::Options;
use super::verdict::{Check, Status, Verdict};

/// Adds what a plan would do to what was not said yet.
pub(super) fn drift(
    hierarchy: &Hierarchy,
    state: &State,
    options: &Options,
    verdict: &mut Verdict,
) {
    let planning = plan::Options {
        shard: options.shard,
        ..plan::Options::default()
    };
    let plan = match plan::plan_but_fleets(hierarchy, state, &planning) {
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
    steps(&plan, verdict);
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

/// Adds what a plan would do with its entities.
pub(super) fn steps(plan: &plan::Plan, verdict: &mut Verdict) {
    let said: BTreeSet<String> = verdict
        .checks
        .iter()
        .filter(|check| check.status == Status::Failed)
        .filter_map(|check| check.id.clone())
        .collect();
    for step in &plan.steps {
        verdict_on_revoked(step, verdict);
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
        let due = match step.action {
            Action::Renew => !step
                .reasons
                .iter()
                .any(|reason| matches!(reason, Reason::Expired { .. })),
            // Of a CRL that holds no longer, its own check speaks.
            Action::Repackage => step
                .reasons
                .iter()
                .all(|reason| matches!(reason, Reason::CrlDue { .. })),
            _ => false,
        };
        let check = if due || step.action == Action::Adopt {
            Check::warning("drift", &step.id, message)
        } else {
            Check::failed("drift", &step.id, message)
        };
        verdict.push(check);
    }
}

/// Says that an entity is revoked, which is no fault.
fn verdict_on_revoked(step: &Step, verdict: &mut Verdict) {
    let Some(revoked) = step.revoked.as_ref().filter(|revoked| revoked.present) else {
        return;
    };
    let day = revoked.date.strftime("%F");
    let message = match revoked.reason {
        RevocationReason::Unspecified => format!("is revoked, since {day}"),
        reason => format!("is revoked, since {day} ({reason})"),
    };
    verdict.push(Check::note("revoked", &step.id, message));
}
