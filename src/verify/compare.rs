//! Whether a store is exactly what its spec says: each file made again in memory, and held against the one on disk.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::catalog::Artifact;
use crate::execute::{self, ExecuteError, Secrets, execute_with};
use crate::hierarchy::{Entity, Hierarchy, Output};
use crate::plan::{self, Allowed, Plan};
use crate::source::Diagnostics;
use crate::store::{
    FileState, KeyFileState, LockEntry, Memory, MemoryFile, State, Store, StoreError, key_state,
    parse_lock,
};
use crate::x509::{Certificate, Crl, FieldDiff, pem, serial, time};

use super::packed;

/// Something that is not as the spec says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The entity.
    pub id: String,
    /// The file, relative to the store; none for what concerns the entity as a whole.
    pub path: Option<Utf8PathBuf>,
    /// What differs.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
pub enum Kind {
    /// A field of a certificate; `old` is what is there, `new` what the spec says.
    Field(FieldDiff),
    /// The file is not there.
    Missing,
    /// Its content is another, and has no fields to be named.
    Content {
        /// Which part of it.
        what: String,
    },
    /// Its permissions are others.
    Mode {
        /// What they are.
        old: u32,
        /// What the spec says.
        new: u32,
    },
    /// The lock has the entity, the spec does not.
    LeftSpec,
    /// What apply would do, and why.
    Step {
        /// The sentence.
        why: String,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::Missing => f.write_str("is missing"),
            Self::Content { what } => f.write_str(what),
            Self::Mode { old, new } => write!(f, "mode {old:04o} -> {new:04o}"),
            Self::LeftSpec => f.write_str("is in the lock, and no longer in the spec"),
            Self::Step { why } => f.write_str(why),
        }
    }
}

/// How a store is compared.
#[derive(Clone, Debug, Default)]
pub struct Comparing {
    /// Whether private files (keys, PKCS #12) are left out: where they are not committed.
    pub without_keys: bool,
    /// How the spec's secrets are read.
    pub execution: execute::Options,
}

/// Compares a store with its spec. Nothing is written.
///
/// # Errors
/// What stands in the way of knowing what the spec says: a secret that can't be had, a plan that can't be made.
pub fn compare(
    hierarchy: &Hierarchy,
    state: &State,
    comparing: &Comparing,
) -> Result<Vec<Difference>, Diagnostics> {
    if hierarchy.reproducible().is_none() {
        return planned(hierarchy, state, comparing);
    }
    let made = make(hierarchy, state, comparing)?;
    let lock = made.lock_text().to_owned();
    let files = made.into_files();
    let mut all = Vec::new();
    for entity in hierarchy.entities().filter(|one| one.external.is_none()) {
        // What a certificate's own file says need not be said of each bundle that holds it.
        let mut fields: Vec<Kind> = Vec::new();
        for output in &entity.outputs {
            if comparing.without_keys && output.artifact.is_secret() {
                continue;
            }
            for found in file(state, entity, output, files.get(&output.path)) {
                if fields.contains(&found.kind) {
                    continue;
                }
                if matches!(found.kind, Kind::Field(_)) {
                    fields.push(found.kind.clone());
                }
                all.push(found);
            }
        }
    }
    all.extend(locks(hierarchy, state, &lock, comparing)?);
    all.extend(packed::fleets(
        &seen(hierarchy, state, comparing)?,
        comparing,
    ));
    all.extend(packed::orphans(hierarchy, state));
    Ok(all)
}

/// Everything that the spec says, made in memory.
fn make(
    hierarchy: &Hierarchy,
    state: &State,
    comparing: &Comparing,
) -> Result<Memory, Diagnostics> {
    let execution = &comparing.execution;
    let bare = state.without_files();
    let options = plan::Options {
        allow_key_replacement: Allowed::All,
        seed: execution.seed.as_ref().map(|read| read.seed.clone()),
        ..plan::Options::default()
    };
    let mut plan = plan::plan_but_fleets(hierarchy, &bare, &options)?;
    if comparing.without_keys {
        leave_keys_out(&mut plan);
    }
    let secrets = Secrets::read(&plan, hierarchy, &bare, execution)?;
    let mut store = Store::in_memory();
    execute_with(
        &secrets,
        &plan,
        hierarchy,
        &bare,
        &mut store,
        execution,
        &mut |_| {},
    )
    .map_err(|error| match error {
        ExecuteError::Refused(found) => found,
        other => crate::source::Diagnostic::error("check", other.to_string()).into(),
    })?;
    Ok(store.into_memory().unwrap_or_default())
}

fn leave_keys_out(plan: &mut Plan) {
    let is_secret = |id: &str| {
        Artifact::ALL
            .iter()
            .any(|known| known.id() == id && known.is_secret())
    };
    for step in &mut plan.steps {
        step.files.retain(|file| !is_secret(&file.artifact));
    }
}

/// The plan, each member of a packed fleet looked at.
fn seen(hierarchy: &Hierarchy, state: &State, comparing: &Comparing) -> Result<Plan, Diagnostics> {
    let seed = comparing.execution.seed.as_ref();
    let options = plan::Options {
        reads: true,
        seed: seed.map(|read| read.seed.clone()),
        ..plan::Options::default()
    };
    plan::plan(hierarchy, state, &options)
}

/// How one file differs from the one that was made.
fn file(
    state: &State,
    entity: &Entity,
    output: &Output,
    made: Option<&MemoryFile>,
) -> Vec<Difference> {
    let difference = |kind| Difference {
        id: entity.id.clone(),
        path: Some(output.path.clone()),
        kind,
    };
    let Some(made) = made else {
        return Vec::new();
    };
    let there = match state.read_file(&output.path) {
        Ok(Some(there)) => zeroize::Zeroizing::new(there),
        // A key that was handed out is no longer there.
        Ok(None) if output.artifact.is_secret() && !entity.keep_key => return Vec::new(),
        Ok(None) => return vec![difference(Kind::Missing)],
        Err(error) => {
            let what = error.to_string();
            return vec![difference(Kind::Content { what })];
        }
    };
    let mut all = Vec::new();
    if *there != *made.bytes {
        all.extend(contents(output.artifact, &there, &made.bytes));
    }
    if output.artifact.is_secret()
        && let Some(old) = state.mode(&output.path)
        && old != made.mode
    {
        all.push(Kind::Mode {
            old,
            new: made.mode,
        });
    }
    all.into_iter().map(difference).collect()
}

/// How two contents differ, in words: never the contents.
fn contents(artifact: Artifact, there: &[u8], made: &[u8]) -> Vec<Kind> {
    let said = |what: &str| {
        vec![Kind::Content {
            what: what.to_owned(),
        }]
    };
    match artifact {
        Artifact::Key | Artifact::KeyDer => match (key_state(there), key_state(made)) {
            (KeyFileState::Broken(fault), _) => said(&format!("holds no key: {fault}")),
            (KeyFileState::Plain { spki_der: old }, KeyFileState::Plain { spki_der: new })
                if old != new =>
            {
                said("holds another key")
            }
            _ => said("holds the key in another form"),
        },
        Artifact::PublicKey => said("holds another key"),
        Artifact::Crl | Artifact::CrlDer | Artifact::CrlHashed => lists(there, made),
        Artifact::Combined
        | Artifact::KubernetesSecret
        | Artifact::Truststore
        | Artifact::Nginx
        | Artifact::Mosquitto
        | Artifact::Postgresql
        | Artifact::Connection => said("holds something else"),
        Artifact::Pkcs12 => said("holds something else, or is under another passphrase"),
        _ => certificates(there, made),
    }
}

/// How the certificates of two files differ.
fn certificates(there: &[u8], made: &[u8]) -> Vec<Kind> {
    let said = |what: String| vec![Kind::Content { what }];
    let (old, new) = (all_of(there), all_of(made));
    if old.len() != new.len() {
        let (old, new) = (old.len(), new.len());
        return said(format!("holds {old} certificates, and should hold {new}"));
    }
    let mut kinds = Vec::new();
    for (old, new) in old.iter().zip(&new) {
        if old == new {
            continue;
        }
        let (Ok(old), Ok(new)) = (Certificate::parse(old), Certificate::parse(new)) else {
            return said("holds no certificate".to_owned());
        };
        let mut fields = old.diff(new.tbs_der()).unwrap_or_default();
        // A seeded serial follows from all else.
        if fields.len() > 1 {
            fields.retain(|field| field.field != "serial");
        }
        if fields.is_empty() {
            kinds.push(Kind::Content {
                what: "is signed otherwise".to_owned(),
            });
        }
        for field in fields {
            let kind = Kind::Field(field);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    if kinds.is_empty() {
        return said("holds the certificates in another form".to_owned());
    }
    kinds
}

/// How two CRLs differ.
fn lists(there: &[u8], made: &[u8]) -> Vec<Kind> {
    let read = |octets: &[u8]| {
        let block = pem::decode(octets)
            .unwrap_or_default()
            .into_iter()
            .find(|block| block.label == pem::CRL);
        Crl::parse(block.as_ref().map_or(octets, |block| &block.der)).ok()
    };
    let said = |what: &str| {
        vec![Kind::Content {
            what: what.to_owned(),
        }]
    };
    let (Some(old), Some(new)) = (read(there), read(made)) else {
        return said("holds no CRL");
    };
    let number = |crl: &Crl| crl.number().map(serial::to_hex).unwrap_or_default();
    let next = |crl: &Crl| crl.next_update().map(time::show).unwrap_or_default();
    let entries = |crl: &Crl| {
        let serials: Vec<String> = crl
            .entries()
            .iter()
            .map(|entry| format!("{} {}", serial::to_hex(&entry.serial), entry.reason))
            .collect();
        serials.join(", ")
    };
    let fields = [
        ("revoked", entries(&old), entries(&new)),
        ("crl number", number(&old), number(&new)),
        (
            "this update",
            time::show(old.this_update()),
            time::show(new.this_update()),
        ),
        ("next update", next(&old), next(&new)),
    ];
    let kinds: Vec<Kind> = fields
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| {
            Kind::Field(FieldDiff {
                field: field.to_owned(),
                old: Some(old),
                new: Some(new),
            })
        })
        .collect();
    if kinds.is_empty() {
        return said("is signed otherwise, or in another form");
    }
    kinds
}

/// The certificates of a PEM file, or the one of a DER file.
fn all_of(octets: &[u8]) -> Vec<Vec<u8>> {
    match pem::certificates(octets) {
        Ok(found) if !found.is_empty() => found,
        _ if octets.is_empty() => Vec::new(),
        _ => vec![octets.to_vec()],
    }
}

/// How the lock differs, entity by entity.
fn locks(
    hierarchy: &Hierarchy,
    state: &State,
    made: &str,
    comparing: &Comparing,
) -> Result<Vec<Difference>, Diagnostics> {
    let fault = |error: &StoreError| -> Diagnostics {
        crate::source::Diagnostic::error("store", error.to_string()).into()
    };
    let wanted: BTreeMap<String, LockEntry> =
        parse_lock(Utf8Path::new("pkiform.lock"), made).map_err(|error| fault(&error))?;
    let mut all = Vec::new();
    for (id, wanted) in &wanted {
        if hierarchy.get(id).is_none() {
            all.push(Difference {
                id: id.clone(),
                path: None,
                kind: Kind::LeftSpec,
            });
            continue;
        }
        let kind = match state.locked(id) {
            None => Some("has no line in pkiform.lock".to_owned()),
            Some(found) if bare(found, comparing) != bare(wanted, comparing) => {
                Some("has another line in pkiform.lock".to_owned())
            }
            Some(_) => None,
        };
        all.extend(kind.map(|what| Difference {
            id: id.clone(),
            path: None,
            kind: Kind::Content { what },
        }));
    }
    Ok(all)
}

/// A line of the lock as far as it is compared.
fn bare(entry: &LockEntry, comparing: &Comparing) -> LockEntry {
    let mut entry = entry.clone();
    if comparing.without_keys {
        // Which passphrase was used, and what came of it, only the private files tell.
        entry.insecure_default = false;
        for artifact in Artifact::ALL.iter().filter(|known| known.is_secret()) {
            entry.files.remove(artifact.id());
        }
    }
    entry
}

/// Of a PKI with random keys: what the next apply would do.
fn planned(
    hierarchy: &Hierarchy,
    state: &State,
    comparing: &Comparing,
) -> Result<Vec<Difference>, Diagnostics> {
    let plan = seen(hierarchy, state, comparing)?;
    let mut all = packed::fleets(&plan, comparing);
    all.extend(packed::orphans(hierarchy, state));
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action != plan::Action::Keep)
    {
        let mut reasons: Vec<String> = step.reasons.iter().map(ToString::to_string).collect();
        if reasons.is_empty() {
            reasons.push(format!("apply would {} it", step.action.verb()));
        }
        all.extend(reasons.into_iter().map(|why| Difference {
            id: step.id.clone(),
            path: None,
            kind: Kind::Step { why },
        }));
    }
    for orphan in &plan.orphans {
        all.push(Difference {
            id: orphan.id.clone(),
            path: None,
            kind: Kind::LeftSpec,
        });
    }
    if comparing.without_keys {
        return Ok(all);
    }
    for entity in hierarchy.entities().filter(|one| one.external.is_none()) {
        let said = all.iter().any(|one| one.id == entity.id);
        let secret = entity.outputs.iter().filter(|one| one.artifact.is_secret());
        for output in secret.filter(|_| entity.keep_key && !said) {
            if matches!(state.file(&output.path), FileState::Missing) {
                all.push(Difference {
                    id: entity.id.clone(),
                    path: Some(output.path.clone()),
                    kind: Kind::Missing,
                });
            }
        }
    }
    Ok(all)
}
