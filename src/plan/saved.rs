//! A plan in a file: what it was made from, and what it would do; `apply` makes it again and compares.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::source::Diagnostic;

use super::{Action, Plan, Shard, Step};

/// The version of the file's form; raised when a field is added.
const FORMAT: u32 = 1;

/// What a plan was made from, enough to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The spec's file.
    pub spec: Utf8PathBuf,
    /// `--env`.
    pub env: Option<String>,
    /// `--var`, in order.
    pub vars: Vec<(String, String)>,
    /// `--var-file`, in order.
    pub var_files: Vec<Utf8PathBuf>,
    /// `--out`.
    pub out: Option<Utf8PathBuf>,
    /// `--keep-going`.
    #[serde(default)]
    pub keep_going: bool,
    /// The time of the run.
    pub now: Timestamp,
    /// `--target`.
    pub targets: Vec<String>,
    /// `--shard`.
    #[serde(default)]
    pub shard: Option<Shard>,
    /// `--prune`.
    pub prune: bool,
    /// `--repackage`.
    pub repackage: Vec<String>,
    /// `--allow-key-replacement`: `None` without, an empty list for all.
    pub allow_key_replacement: Option<Vec<String>>,
}

/// A saved plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    format: u32,
    /// What it was made from.
    pub inputs: Inputs,
    /// The digest of the hierarchy, so that a change which leaves the steps alike is seen.
    hierarchy: String,
    /// The digest of what the lock said.
    lock: String,
    /// The plan.
    pub plan: Plan,
}

impl SavedPlan {
    /// Joins a plan with what it was made from.
    #[must_use]
    pub fn new(inputs: Inputs, plan: Plan) -> Self {
        let (hierarchy, lock) = (plan.hierarchy_digest.clone(), plan.lock_digest.clone());
        Self {
            format: FORMAT,
            inputs,
            hierarchy,
            lock,
            plan,
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// None that the types allow; serde's signature has one.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// `saved-plan`: it is no saved plan, or one of another version.
    pub fn from_json(text: &str) -> Result<Self, Diagnostic> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let fault = |error: serde_json::Error| {
            Diagnostic::error("saved-plan", format!("this is no saved plan: {error}"))
                .help("make one with `pkiform plan --save FILE`")
        };
        let Format { format } = serde_json::from_str(text).map_err(fault)?;
        if format != FORMAT {
            return Err(Diagnostic::error(
                "saved-plan",
                format!("the saved plan has format {format}, and this pkiform reads {FORMAT}"),
            )
            .help("plan again with this version"));
        }
        serde_json::from_str(text).map_err(fault)
    }

    /// Whether the world is still as it was.
    ///
    /// # Errors
    /// `stale-plan`, with the first difference.
    pub fn check(&self, again: &Plan) -> Result<(), Diagnostic> {
        let stale = |what: String| {
            Err(
                Diagnostic::error("stale-plan", format!("the plan is stale: {what}"))
                    .help("plan again, and apply the new plan"),
            )
        };
        if let Some((old, new)) = first_difference(&self.plan.steps, &again.steps) {
            return stale(match (old, new) {
                (Some(old), Some(new)) if old.action != new.action => format!(
                    "to {} `{}` was planned, and by now {}",
                    old.action.verb(),
                    old.id,
                    match new.action {
                        Action::Keep => "there is nothing to do for it".to_owned(),
                        action => format!("it would have to {}", action.verb()),
                    }
                ),
                (Some(old), Some(_)) => {
                    format!("what it would do to `{}` is another thing now", old.id)
                }
                (Some(old), None) => format!("`{}` is no longer there", old.id),
                (None, Some(new)) => format!("`{}` is new", new.id),
                (None, None) => "it differs".to_owned(),
            });
        }
        if self.plan.reproducible != again.reproducible {
            return stale("the seed or the epoch is another".to_owned());
        }
        if self.hierarchy != again.hierarchy_digest {
            return stale("the spec has changed".to_owned());
        }
        if self.lock != again.lock_digest {
            return stale("the store's lock has changed".to_owned());
        }
        Ok(())
    }
}

/// The first pair of steps that are not equal.
fn first_difference<'a>(
    old: &'a [Step],
    new: &'a [Step],
) -> Option<(Option<&'a Step>, Option<&'a Step>)> {
    let length = old.len().max(new.len());
    (0..length)
        .map(|index| (old.get(index), new.get(index)))
        .find(|(old, new)| old != new)
}
