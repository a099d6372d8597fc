//! The CAs decided once, for members of a packed fleet that are planned below them some at a time.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::Timestamp;

use super::decide::Decision;
use super::targets::Targets;
use super::walk::{After, Draft, Walk};
use super::{Options, Step, finish};
use crate::hierarchy::Hierarchy;
use crate::source::Diagnostics;
use crate::store::State;

/// What a plan does with the CAs, by their ids.
#[derive(Debug)]
pub(super) struct DecidedCas(BTreeMap<String, Decided>);

#[derive(Debug)]
struct Decided {
    after: Option<After>,
    decision: Decision,
    has_key: bool,
    key_path: Utf8PathBuf,
    made: Option<Timestamp>,
    step: Step,
}

impl DecidedCas {
    /// Decides on the CAs. What is to be said of them, the plan of the whole says.
    ///
    /// # Errors
    /// What no flag can mend.
    pub(super) fn of(
        hierarchy: &Hierarchy,
        state: &State,
        options: &Options,
    ) -> Result<Self, Diagnostics> {
        let cas = hierarchy.with([]);
        let mut walk = Walk::new(&cas, state, options, Targets::everything());
        walk.entities();
        if walk.faults.has_errors() {
            return Err(walk.faults);
        }
        let decided = walk.drafts.iter().map(|draft| {
            let id = draft.entity.id.as_str();
            let decided = Decided {
                after: walk.after.get(id).cloned(),
                decision: draft.decision.clone(),
                has_key: draft.has_key,
                key_path: draft.key_path.clone(),
                made: draft.made,
                step: finish::step(&walk, draft).0,
            };
            (id.to_owned(), decided)
        });
        Ok(Self(decided.collect()))
    }

    /// The step of a CA.
    pub(super) fn step(&self, id: &str) -> Option<&Step> {
        self.0.get(id).map(|decided| &decided.step)
    }
}

impl<'a> Walk<'a> {
    /// Takes the CAs as they were decided: what is walked from here on are the members below them.
    pub(super) fn stand_below(&mut self, cas: &'a DecidedCas) {
        for ca in self.hierarchy.cas() {
            let Some(decided) = cas.0.get(&ca.id) else {
                continue;
            };
            if let Some(after) = &decided.after {
                self.after.insert(ca.id.as_str(), after.clone());
            }
            self.drafts.push(Draft {
                entity: ca,
                decision: decided.decision.clone(),
                has_key: decided.has_key,
                key_path: decided.key_path.clone(),
                made: decided.made,
            });
        }
        self.decided = Some(cas);
    }
}
