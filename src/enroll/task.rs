//! What is done to register something: tasks that are repeated whole or not at all, each a row of commands.

use camino::Utf8Path;
use sha2::{Digest, Sha256};

/// All that a target is to be told.
#[derive(Clone, Debug, Default)]
pub struct Enrolment {
    /// What is run, in order.
    pub tasks: Vec<Task>,
    /// Files for many devices at once: names and contents.
    pub files: Vec<(String, String)>,
}

/// Something that is registered: when one of its commands fails, the next run begins it anew. So only its last command
/// is one that a cloud refuses to do twice.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it does, for people.
    pub about: String,
    /// What the cloud has then, under a name that no other thing has, of this cloud or of another.
    pub thing: String,
    /// Its commands.
    pub steps: Vec<Step>,
    /// What is done instead where the cloud has the thing already, in another form.
    pub again: Option<Vec<Step>>,
    /// What its files say, where other contents ask for the task anew.
    contents: Vec<String>,
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
    /// A file: where it lies says nothing of what is registered.
    File(String),
    /// What an earlier command of the task has put out.
    Variable(&'static str),
}

impl Task {
    /// A task of these commands, after which the cloud has this thing.
    pub(super) fn new(
        about: impl Into<String>,
        thing: impl Into<String>,
        steps: Vec<Step>,
    ) -> Self {
        Self {
            about: about.into(),
            thing: thing.into(),
            steps,
            again: None,
            contents: Vec::new(),
        }
    }

    /// The same, done anew where a file that it names says something else: a digest of a certificate, or the text itself.
    pub(super) fn of(mut self, content: impl Into<String>) -> Self {
        self.contents.push(content.into());
        self
    }

    /// The same, done thus where the cloud has the thing already.
    pub(super) fn again(mut self, steps: Vec<Step>) -> Self {
        self.again = Some(steps);
        self
    }

    /// What tells it from any other: a digest of its commands and of what their files say. Commands of our own, and
    /// where a file lies, differ with the folder from which the spec is called, and count for nothing.
    #[must_use]
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        let clouds = self
            .steps
            .iter()
            .filter(|step| step.words.first() != Some(&Word::Text("pkiform".to_owned())));
        let words = clouds
            .flat_map(|step| &step.words)
            .filter_map(|word| match word {
                Word::Text(text) => Some(text.as_str()),
                Word::Variable(name) => Some(*name),
                Word::File(_) => None,
            });
        for text in words.chain(self.contents.iter().map(String::as_str)) {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
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

    /// The same with a flag's value behind it, which may well begin with a hyphen.
    pub(super) fn set(mut self, flag: &str, value: &str) -> Self {
        if value.starts_with('-') {
            self.words.push(Word::Text(format!("{flag}={value}")));
            return self;
        }
        self.and(&[flag, value])
    }

    /// The same with the path of a file behind it.
    pub(super) fn file(mut self, flag: &str, path: &Utf8Path) -> Self {
        self.words.push(Word::Text(flag.to_owned()));
        self.words.push(Word::File(path.to_string()));
        self
    }

    /// The same with a file behind it as `aws` takes one.
    pub(super) fn file_uri(mut self, flag: &str, path: &Utf8Path) -> Self {
        self.words.push(Word::Text(flag.to_owned()));
        self.words.push(Word::File(format!("file://{path}")));
        self
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
