//! A fleet in a pack, and looking into it with SQLite alone.

use std::collections::BTreeMap;

use assert_cmd::Command;
use rusqlite::Connection;

/// A folder with a spec.
pub(super) struct Fleet(tempfile::TempDir);

/// What a run printed and how it ended.
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ran {
    /// Everything that a person sees.
    pub(super) fn seen(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }

    pub(super) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.seen());
        self
    }
}

/// A member's row: serial, key and certificate.
pub(super) type Row = (String, String, String);

/// The CAs, and a fleet of so many with what stands in `more`.
pub(super) fn spec(head: &str, count: usize, more: &str) -> String {
    format!(
        r#"spec = 1
name = "fleet"
{head}

[ca.root]
subject.common_name = "Root"
validity = "10y"

[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
validity = "5y"
outputs = ["key", "cert", "crl"]

[leaf.device]
issuer = "issuing"
profile = "tls-client"
count = {count}
pack = "sqlite"
subject.common_name = "{{{{ id }}}}"
validity = "1y"
{more}"#
    )
}

/// What makes a spec reproducible.
pub(super) const SEEDED: &str = r#"reproducible = { seed = { insecure_default = "known to everybody alive" }, epoch = 2026-11-01T00:00:00Z }"#;

impl Fleet {
    pub(super) fn of(spec: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("pki.toml", spec);
        folder
    }

    pub(super) fn path(&self, file: &str) -> std::path::PathBuf {
        self.0.path().join(file)
    }

    pub(super) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), text).unwrap();
    }

    /// Runs the command at 2026-11-25T12:00:00Z.
    pub(super) fn run(&self, arguments: &str) -> Ran {
        self.at("1795608000", arguments)
    }

    pub(super) fn at(&self, epoch: &str, arguments: &str) -> Ran {
        let output = Command::cargo_bin("pkiform")
            .unwrap()
            .current_dir(self.0.path())
            .env_clear()
            .env("SOURCE_DATE_EPOCH", epoch)
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(super) fn database(&self, file: &str) -> Connection {
        Connection::open(self.path(file)).unwrap()
    }

    /// The rows of the pack in `pki/fleet`.
    pub(super) fn rows(&self) -> BTreeMap<String, Row> {
        let database = self.database("pki/fleet/device.sqlite");
        let mut query = database
            .prepare("SELECT id, serial, key, certificate FROM members")
            .unwrap();
        let rows = query.query_map([], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    pub(super) fn digest(&self, store: &str) -> String {
        self.run(&format!("digest {store}")).good().stdout
    }
}
