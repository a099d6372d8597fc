//! The secrets of a run: each source read once, before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::{Randomness, Secret};
use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::{Action, Change, Plan, Step, key_origin};
use crate::source::{Diagnostic, Diagnostics, Span};
use crate::spec::SecretRef;
use crate::store::State;

use super::Options;
use super::secrets::{self, Access, Resolved};
use super::seed::{SpecSeed, read_seed};
use super::signer::RemoteSigner;

/// What a secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The PKCS#12 file.
    Pkcs12,
    /// The key file.
    Key,
}

/// The secrets by their sources.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyring {
    secrets: BTreeMap<String, Resolved>,
    seed: Option<SpecSeed>,
    signer: Option<RemoteSigner>,
}

impl Keyring {
    /// Reads every secret that the plan needs, and says which are insecure.
    pub(super) fn read(
        plan: &Plan,
        hierarchy: &Hierarchy,
        state: &State,
        options: &Options,
        warnings: &mut Diagnostics,
    ) -> Result<Self, Diagnostics> {
        let mut ring = Self::default();
        ring.extend(plan, hierarchy, state, options, warnings)?;
        Ok(ring)
    }

    /// Reads what another plan needs beside: a source that was read is not read again.
    pub(super) fn extend(
        &mut self,
        plan: &Plan,
        hierarchy: &Hierarchy,
        state: &State,
        options: &Options,
        warnings: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let ring = self;
        ring.signer.clone_from(&options.signer);
        let access = Access {
            allow_commands: options.allow_commands,
            base: &options.base,
        };
        let mut faults = Diagnostics::new();
        if ring.seed.is_none() {
            ring.seed = match &options.seed {
                Some(seed) => Some(seed.clone()),
                None => faults.take(read_seed(hierarchy, options)).flatten(),
            };
            if let Some(seed) = &ring.seed {
                warnings.extend(seed.warnings.clone());
            }
        }
        // One warning a family and source: a fleet shares its passphrase.
        let mut insecure: BTreeMap<(String, Span), (SecretRef, Vec<String>)> = BTreeMap::new();
        let signers = plan.signers();
        for step in &plan.steps {
            let Some(entity) = hierarchy.get(&step.id) else {
                continue;
            };
            for (purpose, reference) in needed(step, entity, &signers, ring.seed.is_some()) {
                let sentence = sentence(purpose, std::slice::from_ref(&entity.id));
                let key = source_key(reference);
                if !ring.secrets.contains_key(&key) {
                    match secrets::resolve(reference, &sentence, access) {
                        Ok(resolved) => {
                            ring.secrets.insert(key.clone(), resolved);
                        }
                        Err(fault) => {
                            faults.push(fault);
                            continue;
                        }
                    }
                }
                if !ring
                    .secrets
                    .get(&key)
                    .is_some_and(|resolved| resolved.insecure)
                {
                    continue;
                }
                if reference.from.is_some() && was_secure(state, step, purpose) {
                    faults.push(fell_back(entity, reference, &sentence));
                }
                insecure
                    .entry((format!("{purpose:?} {}", entity.family), reference.span))
                    .or_insert_with(|| (reference.clone(), Vec::new()))
                    .1
                    .push(entity.id.clone());
            }
        }
        for ((purpose, _), (reference, ids)) in insecure {
            let purpose = if purpose.starts_with("Pkcs12") {
                Purpose::Pkcs12
            } else {
                Purpose::Key
            };
            warnings.push(secrets::insecure_warning(
                &reference,
                &sentence(purpose, &ids),
            ));
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    /// What one CA needs to sign something that no plan has: its seed, and the passphrase of its key.
    pub(super) fn of_ca(
        entity: &Entity,
        hierarchy: &Hierarchy,
        options: &Options,
    ) -> Result<Self, Diagnostic> {
        let mut ring = Self {
            seed: match &options.seed {
                Some(seed) => Some(seed.clone()),
                None => read_seed(hierarchy, options)?,
            },
            ..Self::default()
        };
        let access = Access {
            allow_commands: options.allow_commands,
            base: &options.base,
        };
        let encryption = entity.key_encryption.as_ref();
        let external = entity.external.as_ref();
        let reference = encryption
            .map(|encryption| &encryption.passphrase)
            .or_else(|| external?.passphrase.as_ref());
        if let Some(reference) = reference {
            let purpose = sentence(Purpose::Key, std::slice::from_ref(&entity.id));
            let resolved = secrets::resolve(reference, &purpose, access)?;
            ring.secrets.insert(source_key(reference), resolved);
        }
        Ok(ring)
    }

    /// Where the key, the serial and the salts of an entity come from.
    pub(super) fn randomness<'a>(
        &'a self,
        hierarchy: &'a Hierarchy,
        entity: &'a Entity,
    ) -> Randomness<'a> {
        match &self.seed {
            Some(seed) => Randomness::Seeded {
                seed: &seed.seed,
                origin: key_origin(hierarchy, entity),
            },
            None => Randomness::System,
        }
    }

    /// The process that signs for CAs whose keys are not here, if there is one.
    pub(super) fn signer(&self) -> Option<&RemoteSigner> {
        self.signer.as_ref()
    }

    /// The seed, if the PKI has one.
    pub(super) fn seed(&self) -> Option<&SpecSeed> {
        self.seed.as_ref()
    }

    /// The secret of a source that the plan needs.
    pub(super) fn get(&self, reference: Option<&SecretRef>) -> Option<&Resolved> {
        self.secrets.get(&source_key(reference?))
    }

    /// The same, the secret alone.
    pub(super) fn secret(&self, reference: Option<&SecretRef>) -> Option<&Secret> {
        self.get(reference).map(|resolved| &resolved.secret)
    }
}

/// The secrets that a step needs: to write PKCS#12, to write or to open an encrypted key.
fn needed<'a>(
    step: &Step,
    entity: &'a Entity,
    signers: &BTreeSet<&str>,
    seeded: bool,
) -> impl Iterator<Item = (Purpose, &'a SecretRef)> {
    let writes = |artifact: &str| {
        step.files.iter().any(|file| {
            file.artifact == artifact && matches!(file.change, Change::Create | Change::Rewrite)
        })
    };
    let pkcs12 = entity
        .pkcs12
        .passphrase
        .as_ref()
        .filter(|_| writes("pkcs12"));
    let opens = || {
        writes("key")
            || writes("key-der")
            || writes("pkcs12")
            || step.action.issues()
            // The lock of a seeded PKI is the same whether a key was made or found.
            || (seeded && step.action == Action::Adopt)
            || signers.contains(entity.id.as_str())
    };
    let key = entity
        .key_encryption
        .as_ref()
        .map(|encryption| &encryption.passphrase);
    let external = entity
        .external
        .as_ref()
        .and_then(|external| external.passphrase.as_ref());
    let key = key.or(external).filter(|_| opens());
    pkcs12
        .map(|reference| (Purpose::Pkcs12, reference))
        .into_iter()
        .chain(key.map(|reference| (Purpose::Key, reference)))
}

/// Whether the lock says that the entity's secrets came from their sources so far.
fn was_secure(state: &State, step: &Step, purpose: Purpose) -> bool {
    let artifact = match purpose {
        Purpose::Pkcs12 => "pkcs12",
        Purpose::Key => "key",
    };
    state
        .locked(&step.id)
        .is_some_and(|entry| !entry.insecure_default && entry.files.contains_key(artifact))
}

fn fell_back(entity: &Entity, reference: &SecretRef, sentence: &str) -> Diagnostic {
    let source = reference
        .from
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    Diagnostic::error(
        "insecure-default",
        format!(
            "{sentence}: {source} has none, and it had one when `{}` was made",
            entity.id
        ),
    )
    .at(reference.span, "the insecure default would be used")
    .help(format!(
        "set {source}; a store does not go back to a secret that everybody knows"
    ))
}

/// "passphrase of device-1 … device-3".
fn sentence(purpose: Purpose, ids: &[String]) -> String {
    let what = match purpose {
        Purpose::Pkcs12 => "passphrase",
        Purpose::Key => "key's passphrase",
    };
    match ids {
        [] => what.to_owned(),
        [one] => format!("{what} of {one}"),
        [first, .., last] => format!("{what} of {first} … {last}"),
    }
}

/// What makes two references the same secret. It holds the insecure default, which is no secret.
fn source_key(reference: &SecretRef) -> String {
    format!("{:?} {:?}", reference.from, reference.insecure_default)
}
