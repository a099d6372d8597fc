//! `pkiform.lock`: what each artifact was made from, a JSON line an entity; made to be committed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::{id_fault, path_fault};
use super::lock_merge::merged_lines;
use super::pack_lock::{self, PackLock, is_pack};
use super::{StoreError, hex};
use crate::catalog::RevocationReason;
use crate::hierarchy::{EntityKind, natural};

/// The file's name.
pub(super) const LOCK: &str = "pkiform.lock";
/// The version of the format; raised when a field comes, goes or changes its meaning: what one pkiform does not know,
/// it would drop.
const VERSION: u64 = 1;

/// Whose store it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The spec's name.
    pub spec: String,
    /// The environment, if one was chosen.
    pub env: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    #[serde(rename = "pkiform-lock")]
    version: u64,
    spec: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    env: Option<String>,
}

/// What every version's header has.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "pkiform-lock")]
    version: u64,
}

/// What the lock knows of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LockEntry {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: EntityKind,
    /// SHA-256 of what its certificate depends on.
    #[serde(with = "hex")]
    pub fingerprint: [u8; 32],
    /// Its key's algorithm, by the name in a spec.
    pub algorithm: String,
    /// The count of its keys.
    pub generation: u32,
    /// Its certificate's serial number in hexadecimal; none for a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The beginning of its validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// The end of its validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// Whether its end was cut at its issuer's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// SHA-256 of its public key, DER SubjectPublicKeyInfo.
    #[serde(with = "hex")]
    pub public_key: [u8; 32],
    /// The fingerprint of the seed from which its key was derived; none for a random key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// Whether that seed stands in the spec, so that everybody who has the spec has the key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_seed: bool,
    /// Its issuer's id; none for what signs itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// SHA-256 of its issuer's public key.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex::option")]
    pub issuer_key: Option<[u8; 32]>,
    /// Whether a file is under the passphrase that stands in the spec.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure_default: bool,
    /// What its derived files were made from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub packaging: String,
    /// Where the spec's `revoked` means an older generation than this one: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedLock>,
    /// Of a CA that has a CRL: what that says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl: Option<CrlLock>,
    /// Its files by their artifacts' names.
    #[serde(default)]
    pub files: BTreeMap<String, FileLock>,
}

/// The generation that a revocation was first applied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RevokedLock {
    /// The date in the spec, by which that revocation is known.
    pub date: Timestamp,
    /// The generation.
    pub generation: u32,
}

/// The last CRL of a CA. It stands in the lock so that none is forgotten, whatever becomes of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrlLock {
    /// Its number.
    pub number: u64,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When the next one is promised.
    pub next_update: Timestamp,
    /// How many entries were ever listed.
    pub listed: u64,
    /// What it lists, by date and serial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<CrlEntry>,
}

/// A certificate that is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrlEntry {
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Its entity's id.
    pub id: String,
    /// Its entity's generation.
    pub generation: u32,
    /// SHA-256 of its public key, DER SubjectPublicKeyInfo; none where only a CRL was left to tell of it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex::option")]
    pub public_key: Option<[u8; 32]>,
    /// From when on it is revoked.
    pub date: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// When its key is thought to have been lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalidity_date: Option<Timestamp>,
    /// Its end, after which it is listed once more.
    pub not_after: Timestamp,
}

/// A file as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileLock {
    /// Its path, relative to the store.
    pub path: Utf8PathBuf,
    /// SHA-256 of its content.
    #[serde(with = "hex")]
    pub sha256: [u8; 32],
}

/// What a lock file says.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) header: Header,
    pub(super) entries: BTreeMap<String, LockEntry>,
    pub(super) packs: BTreeMap<Utf8PathBuf, PackLock>,
}

/// Reads the text of a lock file, its lines in any order.
///
/// # Errors
/// A line that is none, two lines for one id, no header or two, a path that leaves the store, or a later version.
pub(super) fn parse(path: &Utf8Path, text: &str) -> Result<Parsed, StoreError> {
    let wrong = |line: usize, what: String| StoreError::Lock {
        path: path.to_owned(),
        line,
        what,
    };
    let numbered = || {
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index.saturating_add(1), line));
        lines.filter(|(_, line)| !line.trim().is_empty())
    };
    // The header first, wherever it stands: what a later version writes is not to be called damaged.
    let mut header: Option<(usize, HeaderLine)> = None;
    for (number, line) in numbered().filter(|(_, line)| is_header(line)) {
        let unreadable =
            |error: serde_json::Error| wrong(number, format!("the header can't be read: {error}"));
        let Version { version } = serde_json::from_str(line).map_err(unreadable)?;
        if version > VERSION {
            let path = path.to_owned();
            return Err(StoreError::NewerLock {
                path,
                found: version,
                known: VERSION,
            });
        }
        let found: HeaderLine = serde_json::from_str(line).map_err(unreadable)?;
        // A merge of two branches may keep the header of each.
        if let Some((first, other)) = &header
            && (&other.spec, &other.env) != (&found.spec, &found.env)
        {
            return Err(wrong(
                number,
                format!("another header stands at line {first}"),
            ));
        }
        header.get_or_insert((number, found));
    }
    let mut entries: BTreeMap<String, LockEntry> = BTreeMap::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut packs = BTreeMap::new();
    for (number, line) in numbered().filter(|(_, line)| !is_header(line)) {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            let what = "this is a merge conflict: keep the lines of both sides";
            return Err(wrong(number, what.to_owned()));
        }
        let unreadable = |error| wrong(number, format!("it can't be read: {}", in_line(&error)));
        if is_pack(line) {
            let pack: PackLock = serde_json::from_str(line).map_err(unreadable)?;
            if let Some(fault) = path_fault(&pack.pack) {
                let path = pack.pack.as_str().escape_debug();
                return Err(wrong(number, format!("the path `{path}` {fault}")));
            }
            pack_lock::take(&mut packs, pack);
            continue;
        }
        let entry: LockEntry = serde_json::from_str(line).map_err(unreadable)?;
        if let Some(fault) = id_fault(&entry.id) {
            return Err(wrong(
                number,
                format!("the id `{}` {fault}", entry.id.escape_debug()),
            ));
        }
        for file in entry.files.values() {
            if let Some(fault) = path_fault(&file.path) {
                let path = file.path.as_str().escape_debug();
                return Err(wrong(
                    number,
                    format!("the path `{path}` of `{}` {fault}", entry.id),
                ));
            }
        }
        let id = entry.id.clone();
        let other = entries.get(&id).filter(|other| **other != entry);
        if let Some(merged) = other.and_then(|other| merged_lines(other, &entry)) {
            entries.insert(id, merged);
            continue;
        }
        if let Some(first) = lines.insert(id.clone(), number) {
            let what = if entries.get(&id) == Some(&entry) {
                format!("`{id}` has this very line at {first} too: remove one")
            } else {
                format!(
                    "`{id}` has another line at {first}: keep the one whose serial its certificate has"
                )
            };
            return Err(wrong(number, what));
        }
        entries.insert(id, entry);
    }
    match header {
        Some((_, header)) => Ok(Parsed {
            header: Header {
                spec: header.spec,
                env: header.env,
            },
            entries,
            packs,
        }),
        None => Err(wrong(1, "there is no header".to_owned())),
    }
}

/// The entities of a lock file's text, by their ids; `path` names it in an error.
///
/// # Errors
/// A line that is none, two lines for one id, no header or two, a path that leaves the store, or a later version.
pub fn parse_entries(
    path: &Utf8Path,
    text: &str,
) -> Result<BTreeMap<String, LockEntry>, StoreError> {
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    parse(path, text).map(|parsed| parsed.entries)
}

/// No line of an entity has that text: JSON escapes the quotes within a string.
fn is_header(line: &str) -> bool {
    line.contains("\"pkiform-lock\"")
}

/// Writes the text of a lock file: the header, then the entities in natural order of their ids, then the packs.
pub(super) fn render(
    to: &mut dyn Write,
    header: &Header,
    entries: &mut [LockEntry],
    packs: &[PackLock],
) -> io::Result<()> {
    entries.sort_by(|a, b| natural(&a.id, &b.id));
    let first = HeaderLine {
        version: VERSION,
        spec: header.spec.clone(),
        env: header.env.clone(),
    };
    line(to, &first)?;
    entries.iter().try_for_each(|entry| line(to, entry))?;
    packs.iter().try_for_each(|pack| line(to, pack))
}

fn line(to: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}

impl std::fmt::Display for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.spec)?;
        match &self.env {
            Some(env) => write!(f, " in environment `{env}`"),
            None => Ok(()),
        }
    }
}

/// A fault within one line: serde's own count of lines is always 1 and says nothing.
pub(super) fn in_line(error: &serde_json::Error) -> String {
    error
        .to_string()
        .replace(" at line 1 column ", " at column ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> LockEntry {
        LockEntry {
            id: id.to_owned(),
            kind: EntityKind::Leaf,
            fingerprint: [1; 32],
            algorithm: "ecdsa-p256".to_owned(),
            generation: 1,
            serial: Some("0a".to_owned()),
            not_before: None,
            not_after: None,
            cut: false,
            public_key: [2; 32],
            seed: None,
            insecure_seed: false,
            issuer: Some("root".to_owned()),
            issuer_key: Some([3; 32]),
            insecure_default: true,
            packaging: String::new(),
            revoked: None,
            crl: None,
            files: BTreeMap::from([(
                "key".to_owned(),
                FileLock {
                    path: format!("{id}/key.pem").into(),
                    sha256: [4; 32],
                },
            )]),
        }
    }

    fn render(
        header: &Header,
        entries: &mut [LockEntry],
        packs: &[PackLock],
    ) -> Result<String, std::string::FromUtf8Error> {
        let mut text = Vec::new();
        super::render(&mut text, header, entries, packs).unwrap();
        String::from_utf8(text)
    }

    fn header() -> Header {
        Header {
            spec: "iot".to_owned(),
            env: Some("prod".to_owned()),
        }
    }

    #[test]
    fn lines_are_in_natural_order_and_read_in_any() {
        let mut entries = vec![entry("d-10"), entry("d-9"), entry("a")];
        let text = render(&header(), &mut entries, &[]).unwrap();
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["a", "d-9", "d-10"]);
        let shuffled: Vec<&str> = text.lines().rev().collect();
        let Parsed {
            header: read,
            entries,
            ..
        } = parse("x".into(), &shuffled.join("\n")).unwrap();
        assert_eq!(read, header());
        assert_eq!(entries.len(), 3);
        assert_eq!(entries["d-9"], entry("d-9"));
    }

    #[test]
    fn what_is_no_lock_is_said_with_its_line() {
        let good = render(&header(), &mut [entry("a")], &[]).unwrap();
        let error = |text: &str| {
            parse("store/pkiform.lock".into(), text)
                .unwrap_err()
                .to_string()
        };
        assert!(error(&format!("{good}{{\"id\":")).contains("line 3: it can't be read"));
        assert!(error("").contains("no header"));
        let newer = good.replacen("\"pkiform-lock\":1", "\"pkiform-lock\":2", 1);
        assert!(error(&newer).contains("version 2"), "{}", error(&newer));
        let doubled = good.lines().nth(1).unwrap().replace("\"0a\"", "\"0b\"");
        assert!(error(&format!("{good}{doubled}")).contains("line 3: `a` has another line at 2"));
        let twice = good.lines().nth(1).unwrap();
        assert!(
            error(&format!("{good}{twice}")).contains("line 3: `a` has this very line at 2 too")
        );
        assert!(error(&format!("{good}<<<<<<< HEAD")).contains("merge conflict"));
    }

    #[test]
    fn a_later_version_is_told_wherever_its_header_stands() {
        let text = "{\"id\":\"a\",\"unheard-of\":1}\n{\"pkiform-lock\":7,\"name\":\"x\"}\n";
        let error = parse("x".into(), text).unwrap_err();
        assert!(
            matches!(error, StoreError::NewerLock { found: 7, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_header_may_stand_twice_but_not_of_two_specs() {
        let text = render(&header(), &mut [entry("a")], &[]).unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(
            parse("x".into(), &format!("{text}{first}"))
                .unwrap()
                .entries
                .len(),
            1
        );
        let other = first.replace("prod", "dev");
        let error = parse("x".into(), &format!("{text}{other}"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 3: another header stands at line 1"),
            "{error}"
        );
    }

    #[test]
    fn no_line_names_a_file_outside_of_the_store() {
        for bad in [
            "../x",
            "/etc/x",
            "a/../../x",
            "pkiform.lock",
            ".archive/a/k",
            "",
        ] {
            let mut entry = entry("a");
            entry.files.insert(
                "cert".to_owned(),
                FileLock {
                    path: bad.into(),
                    sha256: [0; 32],
                },
            );
            let text = render(&header(), &mut [entry], &[]).unwrap();
            let error = parse("x".into(), &text).unwrap_err().to_string();
            assert!(error.contains("line 2: the path"), "{bad}: {error}");
        }
        let text = render(&header(), &mut [entry("../a")], &[]).unwrap();
        let error = parse("x".into(), &text).unwrap_err().to_string();
        assert!(
            error.contains("the id `../a` is no name of an entity"),
            "{error}"
        );
    }
}
