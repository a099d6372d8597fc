//! The CAs and devices of a target as they stand in the store: files, names, thumbprints.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::hierarchy::{Cloud, Entity, Fleet, Hierarchy, Target, lots};
use crate::plan::{Options, PartPlan, PartPlanner, Shard, lot_rows, revoked_ca, revoked_entities};
use crate::source::{Diagnostic, Diagnostics, Span};
use crate::spec::Attestation;
use crate::store::{State, StoreError, certificate_file};
use crate::x509::{Certificate, pem};

/// A CA that is registered.
#[derive(Clone, Debug)]
pub(super) struct Ca {
    pub(super) id: String,
    /// The file with its certificate.
    pub(super) cert: Utf8PathBuf,
    /// SHA-256 of its certificate in hexadecimal.
    pub(super) sha256: String,
    /// Whether it is its own issuer.
    pub(super) is_root: bool,
    /// Whether its key is someone else's.
    pub(super) is_keyless: bool,
    /// Where it is declared.
    pub(super) span: Span,
}

/// A device.
#[derive(Clone, Debug)]
pub(super) struct Device {
    /// The name that the cloud knows it by: its common name.
    pub(super) name: String,
    /// The file with its certificate.
    pub(super) cert: Utf8PathBuf,
    /// Its certificate, PEM.
    pub(super) pem: String,
    /// SHA-1 of its certificate in hexadecimal.
    pub(super) sha1: String,
    /// SHA-256 of its certificate in hexadecimal.
    pub(super) sha256: String,
    /// Its issuer's certificate; none if it is its own.
    pub(super) issuer: Option<Issuer>,
    /// Whether it or a CA above it is revoked.
    pub(super) is_revoked: bool,
}

/// The certificate that issued a device.
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    /// The file with it.
    pub(super) cert: Utf8PathBuf,
    /// The certificate, PEM.
    pub(super) pem: String,
}

/// How many members of a packed fleet are walked at a time.
const LOT: usize = 2048;

/// What was met among the devices so far.
#[derive(Debug, Default)]
struct Met {
    issuers: BTreeMap<String, (Issuer, bool)>,
    names: BTreeSet<String>,
}

/// A device's entity with its certificate.
struct Found<'a> {
    entity: &'a Entity,
    cert: Utf8PathBuf,
    certificate: Certificate,
    is_revoked: bool,
}

/// Reads certificates, each once, and keeps the texts of those that have to be written in PEM for a cloud to take them.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) target: &'a Target,
    pub(super) hierarchy: &'a Hierarchy,
    pub(super) state: &'a State,
    /// The folder of script and files.
    pub(super) folder: &'a Utf8Path,
    /// What is to be written there: certificates of CAs that came from elsewhere.
    pub(super) copies: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// The CAs that are registered.
    pub(super) fn cas(&mut self) -> Result<Vec<Ca>, Diagnostic> {
        let mut all = Vec::new();
        for id in &self.target.cas {
            let Some(entity) = self.hierarchy.get(&id.value) else {
                continue;
            };
            if let Some(fault) = revoked_ca(self.hierarchy, self.state, entity) {
                return Err(fault);
            }
            let (cert, certificate) = self.certificate(entity)?;
            self.check_end(entity, &certificate)?;
            let external = entity.external.as_ref();
            all.push(Ca {
                id: entity.id.clone(),
                cert,
                sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(certificate.der())),
                is_root: entity.issuer.is_none(),
                is_keyless: external.is_some_and(|external| external.key.is_none()),
                span: entity.span,
            });
        }
        Ok(all)
    }

    /// The devices.
    pub(super) fn devices(&mut self) -> Result<Vec<Device>, Diagnostic> {
        let revoked = revoked_entities(self.hierarchy, self.state);
        let mut met = Met::default();
        let mut all = Vec::new();
        for id in &self.target.devices {
            if let Some(entity) = self.hierarchy.get(id) {
                let (cert, certificate) = self.certificate(entity)?;
                let found = Found {
                    entity,
                    cert,
                    certificate,
                    is_revoked: revoked.contains(&entity.id),
                };
                all.extend(self.device(found, &mut met)?);
            }
        }
        for fleet in self.hierarchy.fleets() {
            if self.target.fleets.iter().any(|name| name == fleet.name()) {
                self.packed(fleet, &mut met, &mut all)?;
            }
        }
        Ok(all)
    }

    /// The devices of a packed fleet, walked some at a time.
    fn packed(
        &mut self,
        fleet: &Fleet,
        met: &mut Met,
        all: &mut Vec<Device>,
    ) -> Result<(), Diagnostic> {
        let store = |error: StoreError| Diagnostic::error("store", error.to_string());
        let first = |found: Diagnostics| match found.into_iter().next() {
            Some(fault) => fault,
            None => Diagnostic::error("enroll", format!("`{}` can't be resolved", fleet.name())),
        };
        let options = Options::default();
        let planner =
            PartPlanner::new(self.hierarchy, fleet, self.state, &options).map_err(first)?;
        for (owner, pack) in self.state.packs_of(self.hierarchy, fleet).map_err(store)? {
            let shard: Option<Shard> = owner.shard.as_deref().and_then(|shard| shard.parse().ok());
            let wants = move |id: &str| shard.is_none_or(|shard| shard.holds_id(id));
            for lot in lots(fleet, LOT, wants) {
                for (members, rows) in lot_rows(Some(&pack), &lot.members).map_err(store)? {
                    let planned = planner.plan(members, rows).map_err(first)?;
                    self.share(&planned, met, all)?;
                }
            }
        }
        Ok(())
    }

    fn share(
        &mut self,
        planned: &PartPlan,
        met: &mut Met,
        all: &mut Vec<Device>,
    ) -> Result<(), Diagnostic> {
        let part = &planned.part.hierarchy;
        let revoked = revoked_entities(part, &planned.state);
        // Of what lies in a pack, a cloud that reads a file gets one of its own.
        let takes_files = self.target.cloud == Cloud::AwsIot
            || (self.target.cloud == Cloud::AzureDps && self.target.attestation != Attestation::Ca);
        for entity in part.entities().filter(|entity| !entity.is_ca()) {
            let (_, certificate) = certificate_file(entity, &planned.state)?;
            let name = format!("{}.pem", entity.id);
            if takes_files {
                let copy = pem::encode(pem::CERTIFICATE, certificate.der());
                self.copies.insert(name.clone(), copy);
            }
            let found = Found {
                entity,
                cert: self.folder.join(name),
                certificate,
                is_revoked: revoked.contains(&entity.id),
            };
            all.extend(self.device(found, met)?);
        }
        Ok(())
    }

    /// A device of its certificate; none if another of its name stands for it.
    fn device(&mut self, found: Found<'_>, met: &mut Met) -> Result<Option<Device>, Diagnostic> {
        let Found {
            entity,
            cert,
            certificate,
            is_revoked,
        } = found;
        let name = name(entity, &certificate)?;
        if self.target.cloud != Cloud::AwsIot && !met.names.insert(name.clone()) {
            // Any certificate of that name is the device's, where a CA vouches for it.
            if self.target.attestation == Attestation::Ca {
                return Ok(None);
            }
            return Err(twice(entity, &name, self.target.cloud));
        }
        let issuer = match self.hierarchy.issuer_of(entity) {
            None => None,
            Some(issuer) if met.issuers.contains_key(&issuer.id) => {
                met.issuers.get(&issuer.id).cloned()
            }
            Some(issuer) => {
                let (cert, found) = self.certificate(issuer)?;
                let pem = pem::encode(pem::CERTIFICATE, found.der());
                let is_revoked = revoked_ca(self.hierarchy, self.state, issuer).is_some();
                let one = (Issuer { cert, pem }, is_revoked);
                met.issuers.insert(issuer.id.clone(), one.clone());
                Some(one)
            }
        };
        let (issuer, is_beneath_revoked) = match issuer {
            Some((issuer, is_revoked)) => (Some(issuer), is_revoked),
            None => (None, false),
        };
        let is_revoked = is_beneath_revoked || is_revoked;
        if !is_revoked {
            self.check_end(entity, &certificate)?;
        }
        let der = certificate.der();
        Ok(Some(Device {
            name,
            cert,
            pem: pem::encode(pem::CERTIFICATE, der),
            sha1: data_encoding::HEXLOWER.encode(&Sha1::digest(der)),
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(der)),
            issuer,
            is_revoked,
        }))
    }

    /// An entity's certificate, and the file that holds it alone, in PEM.
    fn certificate(&mut self, entity: &Entity) -> Result<(Utf8PathBuf, Certificate), Diagnostic> {
        let (path, certificate) = certificate_file(entity, self.state)?;
        if entity.external.is_none() {
            return Ok((path, certificate));
        }
        // A file from elsewhere may be DER, and may hold more than the one certificate.
        let name = format!("{}.pem", entity.id);
        let path = self.folder.join(&name);
        let copy = pem::encode(pem::CERTIFICATE, certificate.der());
        self.copies.insert(name, copy);
        Ok((path, certificate))
    }

    /// A cloud takes no certificate that has ended.
    fn check_end(&self, entity: &Entity, certificate: &Certificate) -> Result<(), Diagnostic> {
        let end = certificate.not_after();
        if end > self.hierarchy.now() {
            return Ok(());
        }
        let message = format!(
            "the certificate of `{}` expired on {}",
            entity.id,
            end.strftime("%F")
        );
        Err(Diagnostic::error("enroll", message)
            .at(entity.span, "declared here")
            .help("`pkiform apply` renews it"))
    }
}

/// The name of a device, which its certificate must have: else the store is that of an older spec.
fn name(entity: &Entity, certificate: &Certificate) -> Result<String, Diagnostic> {
    let subject = certificate.subject();
    let (said, found) = (entity.subject.common_name(), subject.common_name());
    if said != found {
        let message = format!(
            "`{}` is to be called `{}`, and its certificate says `{}`",
            entity.id,
            said.unwrap_or_default(),
            found.unwrap_or_default().escape_debug()
        );
        return Err(Diagnostic::error("enroll", message)
            .at(entity.subject_span, "its subject")
            .help("`pkiform apply` brings the store up to date"));
    }
    Ok(said.unwrap_or(&entity.id).to_owned())
}

fn twice(entity: &Entity, name: &str, cloud: Cloud) -> Diagnostic {
    let message = format!(
        "another device is called `{name}` as well, and {} takes one certificate for it",
        cloud.title()
    );
    Diagnostic::error("enroll", message)
        .at(entity.subject_span, "its subject")
        .help("give each device a `common_name` of its own")
}
