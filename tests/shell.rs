//! A folder and the real command run in it as a person would; what is read there is made stable for pictures.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

/// The moment at which these runs stand.
pub(crate) const NOW: &str = "2026-11-25T12:00:00Z";

/// A folder to work in.
pub(crate) struct Shell {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    now: String,
    above: Vec<String>,
}

/// What one command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    words: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// Content and time of each file, by path.
pub(crate) type Seen = BTreeMap<String, (String, i128)>;

impl Shell {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
            now: NOW.to_owned(),
            above: Vec::new(),
        }
    }

    /// A folder with a spec `pki.toml`.
    pub(crate) fn with(spec: &str) -> Self {
        let shell = Self::new();
        shell.write("pki.toml", spec);
        shell
    }

    /// Another moment.
    pub(crate) fn now(&mut self, now: &str) {
        now.clone_into(&mut self.now);
    }

    /// A variable of the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Words before the command's own, as `sh -c 'ulimit …; exec "$@"' sh`.
    pub(crate) fn above(&mut self, words: &[&str]) {
        self.above = words.iter().map(|&word| word.to_owned()).collect();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a piece of a file, which must be there.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no `{from}`:\n{text}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// The files below this folder.
    pub(crate) fn seen(&self) -> Seen {
        seen(self.folder.path())
    }

    /// The command with its arguments, split at spaces.
    pub(crate) fn command(&self, words: &str) -> Command {
        let program = env!("CARGO_BIN_EXE_pkiform");
        let mut all = self.above.clone();
        all.push(program.to_owned());
        all.extend(words.split_whitespace().map(str::to_owned));
        let mut command = Command::new(&all[0]);
        command
            .args(&all[1..])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("COLUMNS", "100")
            .envs(self.environment.iter().cloned());
        let takes_now = ["plan", "apply", "verify", "validate", "show", "tree"];
        let verb = words.split_whitespace().next().unwrap_or_default();
        // A saved plan has its own moment.
        let is_saved = verb == "apply"
            && words
                .split_whitespace()
                .any(|word| Path::new(word).extension().is_some_and(|end| end == "json"));
        if takes_now.contains(&verb)
            && !is_saved
            && !words.contains("--now")
            && !words.contains("--help")
        {
            command.args(["--now", &self.now]);
        }
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, words: &str) -> Said {
        let output = self.command(words).output().unwrap();
        Said {
            words: words.to_owned(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// Runs a command that must be refused with exit code 1 and write nothing; what is read.
    #[track_caller]
    pub(crate) fn refused(&self, words: &str) -> String {
        let before = self.seen();
        let said = self.run(words).exits(1);
        assert_eq!(self.seen(), before, "a refusal has written");
        self.picture(&said)
    }

    /// A run as it is read, with what differs from run to run masked.
    pub(crate) fn picture(&self, said: &Said) -> String {
        let folder = self.folder.path().to_str().unwrap();
        let mut text = format!(
            "$ pkiform {}\n{}{}[exit {}]\n",
            said.words,
            said.stdout,
            said.stderr,
            said.code.unwrap_or(-1)
        );
        text = text.replace(folder, "[folder]");
        stable(&text)
    }
}

impl Said {
    /// Expects an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        let Self {
            words,
            stdout,
            stderr,
            ..
        } = &self;
        assert_eq!(
            self.code,
            Some(code),
            "$ pkiform {words}\n{stdout}\n{stderr}"
        );
        self
    }

    /// What was printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.words, self.stdout))
    }
}

/// Masks digests, and the time that a run took.
fn stable(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(masked).collect();
        let mut line = words.join(" ");
        for unit in [" ms", " s"] {
            if let Some((before, after)) = line.split_once(unit)
                && let Some((what, number)) = before.rsplit_once(' ')
                && what.ends_with(" in")
                && number.parse::<f64>().is_ok()
            {
                line = format!("{what} [time]{after}");
            }
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

fn masked(word: &str) -> String {
    let bare = word.trim_end_matches([';', ',', ')']);
    let is_digest = bare.len() >= 16 && bare.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    if is_digest {
        return word.replace(bare, "[digest]");
    }
    // As in the path of an archived key.
    let parts: Vec<&str> = word
        .split('/')
        .map(|part| {
            let is_digest = part.len() == 64 && part.chars().all(|c| c.is_ascii_hexdigit());
            if is_digest { "[digest]" } else { part }
        })
        .collect();
    parts.join("/")
}

fn seen(folder: &Path) -> Seen {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap();
            let metadata = entry.metadata().unwrap();
            let content = if metadata.is_file() {
                data_encoding::HEXLOWER.encode(&Sha256::digest(fs::read(entry.path()).unwrap()))
            } else {
                String::new()
            };
            let modified =
                i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
            (path.to_str().unwrap().to_owned(), (content, modified))
        })
        .collect()
}
