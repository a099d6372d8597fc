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
        self.checks
            .iter()
            .all(|check| check.status != Status::Failed)
    }

    /// A verdict of one finding.
    pub(super) fn of(check: Check) -> Self {
        Self {
            checks: vec![check],
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Takes in the verdict on one entity more.
    pub(super) fn add(&mut self, other: Self) {
        self.checks.extend(other.checks);
        let (all, more) = (&mut self.summary, other.summary);
        all.certificates = all.certificates.saturating_add(more.certificates);
        all.keys = all.keys.saturating_add(more.keys);
        all.files = all.files.saturating_add(more.files);
        all.pkcs12 = all.pkcs12.saturating_add(more.pkcs12);
        all.revoked = all.revoked.saturating_add(more.revoked);
        all.untried = all.untried.saturating_add(more.untried);
        for root in more.roots {
            if !all.roots.contains(&root) {
                all.roots.push(root);
            }
        }
        let later = |first: &(String, jiff::Timestamp)| {
            all.first_end.as_ref().is_none_or(|(_, end)| first.1 < *end)
        };
        if let Some(first) = more.first_end.filter(later) {
            all.first_end = Some(first);
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The kind of finding, kebab-case: `chain`, `key`, `lock`, `expiry`, `mode`, `pkcs12`, `drift`, `serial`, `orphan`,
    /// `missing`, `crl`, `revoked`.
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

impl Check {
    /// A finding with which the verification fails.
    pub(super) fn failed(code: &'static str, id: &str, message: String) -> Self {
        Self {
            code,
            id: Some(id.to_owned()),
            status: Status::Failed,
            message,
            help: None,
        }
    }

    /// A finding that is only said.
    pub(super) fn warning(code: &'static str, id: &str, message: String) -> Self {
        Self {
            status: Status::Warning,
            ..Self::failed(code, id, message)
        }
    }

    /// What is as the spec says, and worth knowing.
    pub(super) fn note(code: &'static str, id: &str, message: String) -> Self {
        Self {
            status: Status::Note,
            ..Self::failed(code, id, message)
        }
    }

    /// A finding on the store as a whole.
    pub(super) fn of_store(code: &'static str, status: Status, message: String) -> Self {
        Self {
            code,
            id: None,
            status,
            message,
            help: None,
        }
    }

    /// Adds what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The verification fails.
    Failed,
    /// Said, and passed over.
    Warning,
    /// As the spec says, and worth knowing.
    Note,
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
    /// Certificates that the CRLs list.
    pub revoked: usize,
    /// PKCS#12 files and encrypted keys that were not tried, their passphrase being unknown here.
    pub untried: usize,
    /// The ids of the roots to which chains lead.
    pub roots: Vec<String>,
    /// The entity whose certificate ends first, and when.
    pub first_end: Option<(String, jiff::Timestamp)>,
}
