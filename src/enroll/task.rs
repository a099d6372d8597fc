//! What is done to register something: tasks that are repeated whole or not at all, each a row of commands.

use sha2::{Digest, Sha256};

/// All that a target is to be told.
#[derive(Clone, Debug, Default)]
pub struct Enrolment {
    /// What is run, in order.
    pub tasks: Vec<Task>,
    /// Files for many devices at once: names and contents.
    pub files: Vec<(String, String)>,
}

/// Something that is registered: when one of its commands fails, the next run begins it anew.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it does, for people.
    pub about: String,
    /// Its commands.
    pub steps: Vec<Step>,
    /// What is done instead where the cloud knows the thing already, with a certificate of before.
    pub again: Option<Vec<Step>>,
    /// SHA-256 of the certificate that it is about, where another one asks for the task anew.
    certificate: Option<String>,
}

/// One command.
#[derive(Clone, Debug)]
pub struct Step {
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// The variable that takes its output, if later commands need it.
    pub into: Option<&'static str>,
}

/// One word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The word as it is.
    Text(String),
    /// What an earlier command of the task has put out.
    Variable(&'static str),
}

impl Task {
    /// A task of these commands.
    pub(super) fn new(about: impl Into<String>, steps: Vec<Step>) -> Self {
        Self {
            about: about.into(),
            steps,
            again: None,
            certificate: None,
        }
    }

    /// The same, done anew for another certificate.
    pub(super) fn of(mut self, sha256: &str) -> Self {
        self.certificate = Some(sha256.to_owned());
        self
    }

    /// The same, done thus where the cloud has the thing already.
    pub(super) fn again(mut self, steps: Vec<Step>) -> Self {
        self.again = Some(steps);
        self
    }

    /// What tells it from any other: a digest of its certificate and its commands, less those of our own, which differ in
    /// how the spec is called.
    #[must_use]
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        let clouds = self
            .steps
            .iter()
            .filter(|step| step.words.first() != Some(&Word::Text("pkiform".to_owned())));
        for word in clouds.flat_map(|step| &step.words) {
            let text = match word {
                Word::Text(text) => text.as_str(),
                Word::Variable(name) => name,
            };
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        hash.update(self.certificate.as_deref().unwrap_or_default());
        let digest: [u8; 32] = hash.finalize().into();
        let shown = digest.get(..8).unwrap_or_default();
        data_encoding::HEXLOWER.encode(shown)
    }
}

impl Step {
    /// A command of plain words.
    pub(super) fn plain(words: &[&str]) -> Self {
        Self {
            words: words
                .iter()
                .map(|word| Word::Text((*word).to_owned()))
                .collect(),
            into: None,
        }
    }

    /// The same with a variable's value behind it.
    pub(super) fn with(mut self, flag: &str, variable: &'static str) -> Self {
        self.words.push(Word::Text(flag.to_owned()));
        self.words.push(Word::Variable(variable));
        self
    }

    /// The same with more words behind it.
    pub(super) fn and(mut self, words: &[&str]) -> Self {
        self.words
            .extend(words.iter().map(|word| Word::Text((*word).to_owned())));
        self
    }

    /// The same, its output kept.
    pub(super) fn into(mut self, variable: &'static str) -> Self {
        self.into = Some(variable);
        self
    }
}
