//! The verdict on a store: one check for each finding, and the counts of what was found well.

use serde::Serialize;

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// Findings; what is well is in the summary only.
    pub checks: Vec<Check>,
    /// How much was looked at.
    pub summary: Summary,
}

impl Verdict {
    /// Whether nothing failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.status != Status::Failed)
    }

    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The kind of finding, kebab-case: `chain`, `key`, `lock`, `expiry`, `mode`, `pkcs12`, `drift`, `serial`, `orphan`, `missing`.
    pub code: &'static str,
    /// The entity; `None` for the store as a whole.
    pub id: Option<String>,
    /// How grave.
    pub status: Status,
    /// What was found.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The verification fails.
    Failed,
    /// Said, and passed over.
    Warning,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Certificates whose chain was verified well.
    pub certificates: usize,
    /// Private keys that match their certificates.
    pub keys: usize,
    /// Files that match the lock.
    pub files: usize,
    /// PKCS#12 files that opened with their passphrase.
    pub pkcs12: usize,
    /// PKCS#12 files and encrypted keys that were not tried, their passphrase being unknown here.
    pub untried: usize,
    /// The ids of the roots to which chains lead.
    pub roots: Vec<String>,
    /// The entity whose certificate ends first, and when.
    pub first_end: Option<(String, jiff::Timestamp)>,
}
