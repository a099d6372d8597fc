//! Some members of a packed fleet, resolved, judged and planned below the CAs as if they were a small PKI.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::hierarchy::{Entity, Fleet, Hierarchy, Member, Part, Resolver};
use crate::plan::decided::DecidedCas;
use crate::plan::whole::plan_members;
use crate::plan::{Options, Plan};
use crate::rules;
use crate::source::{Diagnostic, Diagnostics, Level};
use crate::store::{Pack, PackedRow, State, StoreError};

/// Into how many shares a lot is dealt for the threads.
const SHARES: usize = 64;

/// Some members with their plan.
#[derive(Debug)]
pub struct PartPlan {
    /// The members below their CAs.
    pub part: Part,
    /// What the pack holds of them.
    pub state: State,
    /// The plan: the CAs' steps, all to keep, and the members'.
    pub plan: Plan,
}

/// What the members of a fleet are planned with, some at a time. The CAs are decided once.
#[derive(Debug)]
pub struct PartPlanner<'a> {
    hierarchy: &'a Hierarchy,
    resolver: Resolver<'a>,
    state: &'a State,
    options: &'a Options,
    cas: DecidedCas,
    /// The files that are not looked for among the members'.
    on_disk: Arc<BTreeSet<Utf8PathBuf>>,
}

/// Some members with what the rules say of them.
pub(super) struct Judged {
    pub(super) planned: PartPlan,
    /// Each finding, and on how many it is.
    pub(super) findings: Vec<(Diagnostic, usize)>,
    /// How many are left out, since something is wrong with them.
    pub(super) left_out: usize,
}

impl<'a> PartPlanner<'a> {
    /// Gets ready to plan members of a fleet below the CAs as they are in the store.
    ///
    /// # Errors
    /// What is wrong with the CAs that no flag can mend.
    pub fn new(
        hierarchy: &'a Hierarchy,
        fleet: &'a Fleet,
        state: &'a State,
        options: &'a Options,
    ) -> Result<Self, Diagnostics> {
        Ok(Self {
            hierarchy,
            resolver: fleet.resolver(),
            state,
            options,
            cas: DecidedCas::of(hierarchy, state, options)?,
            on_disk: state.paths_of(hierarchy.cas().map(|ca| &**ca)),
        })
    }

    /// Plans members; `rows` is what the pack holds of them.
    ///
    /// # Errors
    /// What no flag can mend.
    pub fn plan(&self, members: &[Member], rows: Vec<PackedRow>) -> Result<PartPlan, Diagnostics> {
        let part = if self.hierarchy.keeps_going() {
            self.good(members).0
        } else {
            self.hierarchy.part(&self.resolver, members)
        };
        self.plan_part(part, rows)
    }

    /// The same, and what the rules say.
    pub(super) fn judge_and_plan(
        &self,
        members: &[Member],
        rows: Vec<PackedRow>,
    ) -> Result<Judged, Diagnostics> {
        let (part, findings) = self.good(members);
        let entities = part.hierarchy.entities();
        let good = entities.filter(|entity| !entity.is_ca()).count();
        Ok(Judged {
            planned: self.plan_part(part, rows)?,
            findings,
            left_out: members.len().saturating_sub(good),
        })
    }

    fn plan_part(&self, part: Part, rows: Vec<PackedRow>) -> Result<PartPlan, Diagnostics> {
        let state = self.state.with_rows(&part.hierarchy, rows, &self.on_disk);
        let plan = plan_members(&part.hierarchy, &state, self.options, &self.cas)?;
        Ok(PartPlan { part, state, plan })
    }

    /// Resolves members and judges them by the rules; where bad rows are left out, those that break one are.
    fn good(&self, members: &[Member]) -> (Part, Vec<(Diagnostic, usize)>) {
        let mut part = self.hierarchy.part(&self.resolver, members);
        let judged: Vec<_> = rules::judge_members(&part.hierarchy).collect();
        let is_bad = |found: &(Diagnostic, usize)| found.0.level == Level::Error;
        if self.hierarchy.keeps_going() && judged.iter().any(is_bad) {
            let entities = part.hierarchy.entities().filter(|entity| !entity.is_ca());
            let alone = |entity: &Entity| self.hierarchy.with([entity.clone()]);
            let good: Vec<Entity> = entities
                .filter(|entity| !rules::judge_members(&alone(entity)).any(|found| is_bad(&found)))
                .map(|entity| (**entity).clone())
                .collect();
            part.hierarchy = self.hierarchy.with(good);
        }
        (part, judged)
    }
}

type Share<'a> = (&'a [Member], Vec<PackedRow>);

/// A lot in shares for the threads, each with what the pack holds of its members.
pub(crate) fn lot_rows<'a>(
    pack: Option<&Pack>,
    members: &'a [Member],
) -> Result<Vec<Share<'a>>, StoreError> {
    let mut shares = Vec::new();
    // A small fleet of large keys takes long too. How many threads there are changes nothing that a user sees.
    for share in members.chunks((members.len() / SHARES).max(1)) {
        let rows = match pack {
            Some(pack) => pack.rows(share.iter().map(Member::id))?,
            None => Vec::new(),
        };
        shares.push((share, rows));
    }
    Ok(shares)
}
