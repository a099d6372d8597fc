//! What a plan says of a packed fleet: counts and reasons, and names only where members differ.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hierarchy::PackFormat;
use crate::plan::{Action, Counts, Kind, Reason, Shard, Step};

/// How many members of a group are named.
const NAMED: usize = 3;
/// How many groups are told apart.
const GROUPS: usize = 64;

/// What would be done with a packed fleet, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetPlan {
    /// The fleet's name.
    pub family: String,
    /// The form of its pack.
    pub format: PackFormat,
    /// Its pack, relative to the store.
    pub path: Utf8PathBuf,
    /// The share of the fleet that is meant, if not the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Whether the pack is yet to be made.
    pub new_pack: bool,
    /// How many members the spec has.
    pub members: usize,
    /// How many members each action concerns.
    pub counts: Counts,
    /// The members that something is done with, those for like reasons together.
    pub groups: Vec<Group>,
    /// Members with faults that are left out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: usize,
    /// Members of the pack that the spec no longer has and that are left alone: how many, and the first of them.
    pub left: usize,
    /// The first ids of those.
    pub left_named: Vec<String>,
    /// The CAs whose certificates, or those above, stand otherwise in the pack than in the store.
    pub chains: BTreeSet<String>,
    /// How many archives are to be written or taken away.
    #[serde(default, skip_serializing_if = "is_none")]
    pub volumes: usize,
    /// Whether the lock has the pack otherwise than it is: a run died before it wrote that, or one of both was put back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relock: bool,
    /// Whether others than its owner may read the pack or an archive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_open: bool,
    /// The CAs that sign something.
    pub signers: BTreeSet<String>,
    /// The key algorithms of its members.
    pub algorithms: BTreeSet<String>,
    /// The CAs that issue its members.
    pub issuers: BTreeSet<String>,
    /// The first end of a certificate.
    pub first_end: Option<Timestamp>,
    /// From when on something is to be done although nothing changes.
    pub(crate) due: Option<Timestamp>,
    /// SHA-256 over what would be done with each member.
    pub(crate) digest: String,
    /// What needs the user's word, as it is said.
    #[serde(skip)]
    pub(crate) needs: Vec<String>,
    /// The digest of what the plan was made from; none where that says too little.
    #[serde(skip)]
    pub(crate) inputs: Option<[u8; 32]>,
    #[serde(skip)]
    pub(crate) looked: Looked,
}

/// How the members of a fleet were looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Each, and there is something to say of one, at this run and the next.
    #[default]
    Spoken,
    /// Each, and there is nothing to say.
    Quiet,
    /// None: the pack's size and times tell that nothing is to be done.
    Unread,
}

/// Members that the same is done with, for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What is done.
    pub action: Action,
    /// Why: as the first of them says it.
    pub reasons: Vec<Reason>,
    /// How many they are.
    pub count: usize,
    /// The first of them.
    pub named: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field so"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}

impl FleetPlan {
    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.changes().next().is_none()
            && self.chains.is_empty()
            && self.volumes == 0
            && !self.relock
            && !self.is_open
    }

    /// Whether its members were looked at, and nothing is to be done or to be said again.
    #[must_use]
    pub fn was_walked(&self) -> bool {
        self.is_empty() && self.inputs.is_some() && self.looked == Looked::Quiet
    }

    /// Whether something that exists would be changed or taken away.
    #[must_use]
    pub fn touches_what_exists(&self) -> bool {
        self.counts
            .changes()
            .any(|(action, _)| action.touches_what_exists())
    }
}

impl FleetPlan {
    /// What a pack shall note of itself when the plan is carried out: from what it was made, and the plan that is then
    /// to be told while nothing changes.
    pub(crate) fn settled(&self) -> (String, String) {
        let inputs = self
            .inputs
            .map(|inputs| data_encoding::HEXLOWER.encode(&inputs));
        let settled = Self {
            new_pack: false,
            counts: Counts {
                keep: self.members,
                ..Counts::default()
            },
            groups: Vec::new(),
            chains: BTreeSet::new(),
            volumes: 0,
            relock: false,
            is_open: false,
            signers: BTreeSet::new(),
            ..self.clone()
        };
        (
            inputs.unwrap_or_default(),
            serde_json::to_string(&settled).unwrap_or_default(),
        )
    }
}

/// A summary under way.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) plan: FleetPlan,
    hash: Sha256,
}

impl Summary {
    pub(super) fn new(plan: FleetPlan) -> Self {
        Self {
            plan,
            hash: Sha256::new(),
        }
    }

    /// Takes one member's step in.
    pub(super) fn add(&mut self, step: &Step) {
        if step.kind == Kind::Ca {
            return;
        }
        let plan = &mut self.plan;
        plan.counts.add(step.action);
        if step.action != Action::Remove {
            plan.members = plan.members.saturating_add(1);
        }
        if !plan.algorithms.contains(&step.algorithm) {
            plan.algorithms.insert(step.algorithm.clone());
        }
        if let Some(issuer) = &step.issuer {
            if !plan.issuers.contains(issuer) {
                plan.issuers.insert(issuer.clone());
            }
            if step.action.issues() && !plan.signers.contains(issuer) {
                plan.signers.insert(issuer.clone());
            }
        }
        plan.first_end = match (plan.first_end, step.not_after) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.hash.update(step.id.as_bytes());
        self.hash.update([0]);
        if step.action == Action::Keep {
            return;
        }
        self.hash
            .update(format!("{:?}{:?}", step.action, step.not_after));
        self.group(step);
    }

    fn group(&mut self, step: &Step) {
        let kinds =
            |reasons: &[Reason]| -> Vec<_> { reasons.iter().map(std::mem::discriminant).collect() };
        let wanted = kinds(&step.reasons);
        let groups = &mut self.plan.groups;
        let full = groups.len() >= GROUPS;
        let known = groups
            .iter_mut()
            .find(|group| group.action == step.action && (full || kinds(&group.reasons) == wanted));
        match known {
            Some(group) => {
                group.count = group.count.saturating_add(1);
                if group.named.len() < NAMED {
                    group.named.push(step.id.clone());
                }
            }
            None => groups.push(Group {
                action: step.action,
                reasons: step.reasons.clone(),
                count: 1,
                named: vec![step.id.clone()],
            }),
        }
    }

    /// Notes from when on a member is due.
    pub(super) fn due(&mut self, moment: Option<Timestamp>) {
        self.plan.due = match (self.plan.due, moment) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    pub(super) fn finish(mut self) -> FleetPlan {
        self.plan.digest = data_encoding::HEXLOWER.encode(&self.hash.finalize());
        self.plan
    }
}
