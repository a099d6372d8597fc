//! Planning a packed fleet: each lot of members is planned as if it were a small PKI below the CAs.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use camino::Utf8Path;
use rayon::prelude::*;

use super::chains::stale_chains;
use super::duplicates::Duplicates;
use super::inputs::inputs;
use super::members::MemberIds;
use super::moved;
use super::part::{PartPlan, PartPlanner, lot_rows};
use super::summary::{FleetPlan, Looked, Summary};
use crate::hierarchy::{Fleet, Hierarchy, Lot, lots};
use crate::plan::validity::{Dates, renews_from};
use crate::plan::{Counts, Options, Plan};
use crate::source::{Diagnostic, Diagnostics, Level, Tally};
use crate::spec::PackTable;
use crate::store::{Owner, Pack, State, StoreError};

/// How many members are walked at a time.
const LOT: usize = 2048;

/// Whether a plan is about a member.
pub(crate) fn chosen<'a>(
    fleet: &'a Fleet,
    options: &'a Options,
) -> impl Fn(&str) -> bool + Send + Clone + 'a {
    let all = options.targets.is_empty() || options.targets.iter().any(|name| name == fleet.name());
    move |id| {
        options.shard.is_none_or(|shard| shard.holds_id(id))
            && (all || options.targets.iter().any(|name| name == id))
    }
}

/// A fleet's plan, and what there is to say of it.
#[derive(Debug)]
pub(in crate::plan) struct Planned {
    /// The summary.
    pub(in crate::plan) plan: FleetPlan,
    /// What is worth saying and stops nothing.
    pub(in crate::plan) warnings: Diagnostics,
    /// What would be done and may not without the user's word.
    pub(in crate::plan) needs_word: Diagnostics,
    /// What is wrong with members that are left out.
    pub(in crate::plan) left_out: Diagnostics,
    /// The public keys that came with members; none if they were not looked at.
    pub(in crate::plan) keys: Option<MemberIds>,
}

/// Plans a fleet. `whole` is the plan of everything else. Its members are looked at unless the pack's size and times
/// tell that nothing is to be done.
///
/// # Errors
/// What is wrong with members, two that are one, and what no flag can mend.
pub(in crate::plan) fn plan_fleet(
    hierarchy: &Hierarchy,
    fleet: &Fleet,
    state: &State,
    whole: &Plan,
    options: &Options,
) -> Result<Planned, Diagnostics> {
    let owner = Owner::of(
        hierarchy,
        fleet,
        options.shard.map(|shard| shard.to_string()),
    );
    if let Some(fault) = moved::other_shares(fleet, state, options) {
        return Err(fault.into());
    }
    let pack = state.pack(&owner).map_err(|error| store_fault(&error))?;
    let pack = pack.as_ref();
    let inputs = inputs(
        hierarchy,
        fleet,
        state,
        whole.reproducible.as_ref(),
        options,
    );
    let quiet = whole.steps.iter().all(|step| !step.action.issues());
    if let Some(pack) = pack.filter(|_| quiet && !options.reads)
        && let Some(plan) = unchanged(pack, &owner, fleet.pack().value, hierarchy, state, inputs)
    {
        return Ok(Planned {
            plan,
            warnings: Diagnostics::new(),
            needs_word: Diagnostics::new(),
            left_out: Diagnostics::new(),
            keys: None,
        });
    }
    let mut walk = Walk {
        hierarchy,
        fleet,
        state,
        pack,
        options,
        planner: PartPlanner::new(hierarchy, fleet, state, options)?,
        summary: Summary::new(FleetPlan {
            family: fleet.name().to_owned(),
            format: fleet.pack().value.format,
            path: owner.file(),
            shard: options.shard,
            new_pack: pack.is_none(),
            members: 0,
            counts: Counts::default(),
            groups: Vec::new(),
            left_out: 0,
            left: 0,
            left_named: Vec::new(),
            chains: BTreeSet::new(),
            volumes: 0,
            relock: false,
            is_open: false,
            signers: BTreeSet::new(),
            algorithms: BTreeSet::new(),
            issuers: BTreeSet::new(),
            first_end: None,
            due: None,
            digest: String::new(),
            needs: Vec::new(),
            inputs,
            looked: Looked::Spoken,
        }),
        duplicates: Duplicates::default(),
        loose: (0, String::new()),
        unread: false,
        needing: 0,
        named: 0,
        found: Tally::default(),
        left_out: Tally::default(),
        needed: Tally::default(),
    };
    for lot in lots(fleet, LOT, chosen(fleet, options)) {
        walk.lot(lot)?;
    }
    if pack.is_none() && !options.targets.is_empty() && walk.summary.plan.members == 0 {
        walk.summary.plan.new_pack = false;
    }
    let (count, first) = &walk.loose;
    if let Some(fault) = moved::loose(fleet, options, *count, first) {
        walk.needed.add(fault, 1);
    }
    if let Some(fault) = missing(&walk, &owner.file()) {
        walk.needed.add(fault, 1);
    }
    if let Some(pack) = pack {
        walk.summary.plan.chains = stale_chains(
            hierarchy,
            state,
            &whole.steps,
            pack,
            &walk.summary.plan.issuers,
        );
        let stale = pack.stale_volumes(&owner, fleet.pack().value);
        walk.summary.plan.volumes = stale.map_err(|error| store_fault(&error))?;
        walk.summary.plan.is_open = pack
            .is_open_to_others()
            .map_err(|error| store_fault(&error))?;
        if let Some(fault) = walk.lock_line(pack, &owner.file())? {
            walk.needed.add(fault, 1);
        }
    }
    walk.finish()
}

/// A walk under way.
struct Walk<'a> {
    hierarchy: &'a Hierarchy,
    fleet: &'a Fleet,
    state: &'a State,
    pack: Option<&'a Pack>,
    options: &'a Options,
    planner: PartPlanner<'a>,
    summary: Summary,
    duplicates: Duplicates,
    /// How many members lie in files of the store, and not in the pack; the first of them.
    loose: (usize, String),
    /// Whether there are rows that have not even an id.
    unread: bool,
    /// How many members need the user's word, and how many of them are named.
    needing: usize,
    named: usize,
    found: Tally,
    left_out: Tally,
    needed: Tally,
}

impl Walk<'_> {
    fn lot(&mut self, lot: Lot) -> Result<(), Diagnostics> {
        let count = &mut self.summary.plan.left_out;
        *count = count.saturating_add(lot.faults.errors());
        self.unread |= lot.faults.has_errors();
        self.faults(lot.faults.into_iter().map(|fault| (fault, 1)));
        for member in &lot.members {
            self.duplicates.add(member);
        }
        if lot
            .members
            .iter()
            .any(|member| self.hierarchy.get(member.id()).is_some())
        {
            // A member in the place of a CA can't be planned below it.
            return Err(self.duplicates.faults(self.fleet, self.hierarchy));
        }
        let shares = lot_rows(self.pack, &lot.members).map_err(|error| store_fault(&error))?;
        for (members, rows) in &shares {
            let packed = |id: &str| rows.iter().any(|row| row.entry.id == id);
            for member in *members {
                if self.state.is_loose(member.id()) && !packed(member.id()) {
                    let (count, first) = &mut self.loose;
                    if *count == 0 {
                        member.id().clone_into(first);
                    }
                    *count = count.saturating_add(1);
                }
            }
        }
        let planner = &self.planner;
        let planned: Vec<_> = shares
            .into_par_iter()
            .map(|(members, rows)| planner.judge_and_plan(members, rows))
            .collect();
        self.options
            .walked
            .fetch_add(lot.members.len(), Ordering::Relaxed);
        for one in planned {
            match one {
                Ok(one) => {
                    let count = &mut self.summary.plan.left_out;
                    *count = count.saturating_add(one.left_out);
                    self.take(one.planned, one.findings);
                }
                Err(found) => self.found.extend(found),
            }
        }
        Ok(())
    }

    /// Takes in what is wrong with members: of those that are left out it stops nothing.
    fn faults(&mut self, found: impl IntoIterator<Item = (Diagnostic, usize)>) {
        for (fault, members) in found {
            if self.hierarchy.keeps_going() && fault.level == Level::Error {
                self.left_out.add(fault, members);
            } else {
                self.found.add(fault, members);
            }
        }
    }

    fn take(&mut self, planned: PartPlan, judged: Vec<(Diagnostic, usize)>) {
        self.faults(judged);
        self.faults(planned.part.faults.into_iter().map(|fault| (fault, 1)));
        self.found.extend(planned.plan.warnings.clone());
        self.needing = self.needing.saturating_add(planned.plan.needing);
        // The first share's words stand for all: which members need them is told by their number.
        if self.needed.is_empty() {
            self.named = planned.plan.needing;
            for mut needed in planned.plan.needs_word.clone() {
                // What is said of one holds for the fleet, whose archive is in its pack.
                if needed.code == "key-replacement" {
                    needed.help = vec![format!(
                        "to do it: --allow-key-replacement={} (the old keys go to the pack's archive)",
                        self.fleet.name()
                    )];
                }
                for help in &mut needed.help {
                    if let Some((before, _)) = help.split_once(" (the file goes to ") {
                        *help = before.to_owned();
                    }
                }
                self.needed.add(needed, 1);
            }
        }
        for entity in planned.part.hierarchy.entities() {
            if !entity.is_ca() {
                self.duplicates.add_resolved(entity);
            }
        }
        for step in &planned.plan.steps {
            self.summary.add(step);
            if let (Some(not_before), Some(not_after)) = (step.not_before, step.not_after)
                && let Some(entity) = planned.part.hierarchy.get(&step.id)
                && !entity.is_ca()
            {
                let dates = Dates {
                    not_before,
                    not_after,
                    cut: step.cut,
                };
                self.summary.due(renews_from(&entity.validity, dates));
                self.summary.due(Some(not_after));
            }
        }
    }

    /// Holds the pack against its line of the lock. What the lock knows and the pack lacks had keys: to make them anew
    /// takes the user's word.
    fn lock_line(
        &mut self,
        pack: &Pack,
        file: &Utf8Path,
    ) -> Result<Option<Diagnostic>, Diagnostics> {
        let members = pack.len().map_err(|error| store_fault(&error))?;
        let Some(line) = self.state.pack_line(file) else {
            self.summary.plan.relock = members > 0;
            return Ok(None);
        };
        let digest = pack.digest().map_err(|error| store_fault(&error))?;
        self.summary.plan.relock = (line.members, line.sha256) != (members, digest);
        let name = self.fleet.name();
        let may = self.options.allow_key_replacement.covers(name, name)
            || (self.hierarchy.reproducible().is_some() && line.seed.is_some());
        if self.summary.plan.counts.create == 0
            || may
            || pack
                .goes_on_from(line)
                .map_err(|error| store_fault(&error))?
        {
            return Ok(None);
        }
        let file = self.state.dir().join(file);
        let what = if members < line.members {
            format!(
                "the pack {file} has {members} members, and the lock knows {}: what is to be created may have had keys",
                line.members
            )
        } else {
            format!(
                "the pack {file} is not the one that the lock knows: what is to be created may have had keys"
            )
        };
        Ok(Some(
            Diagnostic::error("missing-members", what)
                .at(self.fleet.span(), "its keys are in that pack")
                .help(format!(
                    "put a copy of the pack back; or --allow-key-replacement={name} makes what it lacks anew"
                )),
        ))
    }

    fn finish(mut self) -> Result<Planned, Diagnostics> {
        let name = self.fleet.name();
        let whole = self.options.targets.is_empty();
        if whole && let Some(pack) = self.pack {
            let left = self
                .duplicates
                .left(pack)
                .map_err(|error| store_fault(&error))?;
            let plan = &mut self.summary.plan;
            // Whose row can't be read may be anybody.
            if self.options.prune && !self.unread {
                plan.counts.remove = left.count;
            } else {
                plan.left = left.count;
                plan.left_named = left.named;
            }
        }
        let mut doubles = self.duplicates.shared_keys(self.fleet);
        doubles.extend(self.duplicates.faults(self.fleet, self.hierarchy));
        if self.found.errors() > 0 || doubles.has_errors() {
            let mut faults = self.found.into_diagnostics(name);
            faults.extend(doubles);
            return Err(faults);
        }
        // What is said of a member is said again at the next run: then it is to be looked at again.
        let quiet = self.found.is_empty() && self.needed.is_empty() && self.left_out.is_empty();
        let shared = self.duplicates.shared_subject(self.fleet);
        let mut plan = self.summary.finish();
        if quiet {
            plan.looked = Looked::Quiet;
        }
        plan.inputs = plan.inputs.filter(|_| quiet);
        let mut needed = self.needed;
        let more = self.needing.saturating_sub(self.named);
        needed.note(more, |more| {
            format!("and so it is with {more} more of `{name}`")
        });
        let needs_word = needed.into_diagnostics(name);
        plan.needs = needs_word.iter().map(|need| need.message.clone()).collect();
        Ok(Planned {
            plan,
            warnings: {
                let mut warnings = self.found.into_diagnostics(name);
                warnings.extend(shared);
                warnings
            },
            needs_word,
            left_out: self.left_out.into_diagnostics(name),
            keys: Some(self.duplicates.into_keys()),
        })
    }
}

/// A pack that the lock knows and the disk lacks: its keys are not made anew without the user's word, but for those that
/// a seed gives again.
fn missing(walk: &Walk<'_>, file: &Utf8Path) -> Option<Diagnostic> {
    let known = walk
        .state
        .packs()
        .find(|known| known.pack == *file && known.members > 0)?;
    let name = walk.fleet.name();
    if walk.pack.is_some()
        || walk.options.allow_key_replacement.covers(name, name)
        || (walk.hierarchy.reproducible().is_some() && known.seed.is_some())
    {
        return None;
    }
    let store = walk.state.dir();
    Some(
        Diagnostic::error(
            "missing-pack",
            format!(
                "the pack {} is not there, and the lock knows {} members of it",
                store.join(file),
                known.members
            ),
        )
        .at(walk.fleet.span(), "its keys are in that pack")
        .help(format!(
            "put it back; or --allow-key-replacement={name} makes all of them anew"
        )),
    )
}

/// The plan of a fleet that nothing is to be done with, if size and times of its pack tell so.
fn unchanged(
    pack: &Pack,
    owner: &Owner,
    table: PackTable,
    hierarchy: &Hierarchy,
    state: &State,
    inputs: Option<[u8; 32]>,
) -> Option<FleetPlan> {
    if !state.is_untouched(pack) {
        return None;
    }
    let noted = pack.value("inputs").ok()??;
    if noted != data_encoding::HEXLOWER.encode(&inputs?) {
        return None;
    }
    let mut plan: FleetPlan = serde_json::from_str(&pack.value("plan").ok()??).ok()?;
    if plan.due.is_none_or(|due| due <= hierarchy.now())
        || pack.stale_volumes(owner, table).ok()? > 0
        || pack.is_open_to_others().ok()?
    {
        return None;
    }
    plan.inputs = inputs;
    plan.looked = Looked::Unread;
    Some(plan)
}

fn store_fault(error: &StoreError) -> Diagnostics {
    Diagnostic::error("store", error.to_string()).into()
}
