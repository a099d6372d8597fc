//! Every certificate that is judged, with its path, its purposes and its hosts, as the judges need them.

use std::fs;
use std::net::IpAddr;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use der::asn1::ObjectIdentifier;
use pkiform::catalog::extension::KeyUsageBit;
use pkiform::catalog::{Artifact, KeyAlgorithm};
use pkiform::hierarchy::Entity;
use pkiform::x509::{Certificate, pem};
use x509_cert::ext::pkix::name::GeneralName;

use super::apply::{Applied, apply};
use super::cases::{Case, cases};
use super::on_all_cores;

/// What a judge says of a certificate.
pub(super) struct Finding {
    /// `spec/entity`.
    pub(super) certificate: String,
    pub(super) text: String,
}

/// One certificate to be judged.
#[derive(Clone)]
pub(super) struct Judged {
    /// `spec/entity`.
    pub(super) name: String,
    /// Its PEM file, that of its issuers without the root (the nearest first), and that of its root.
    pub(super) leaf: Utf8PathBuf,
    pub(super) chain: Utf8PathBuf,
    pub(super) root: Utf8PathBuf,
    /// Itself, its issuers, its root: DER files and what they hold.
    pub(super) path: Vec<(Utf8PathBuf, Certificate)>,
    /// Its extended key usages; none: good for anything.
    pub(super) purposes: Vec<ObjectIdentifier>,
    pub(super) is_ca: bool,
    /// Whether its key may sign CRLs.
    pub(super) signs_crls: bool,
    /// Names of servers for which it must be good: DNS names and addresses.
    pub(super) hosts: Vec<String>,
}

pub(super) const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub(super) const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

impl Judged {
    pub(super) fn finding(&self, text: impl Into<String>) -> Finding {
        Finding {
            certificate: self.name.clone(),
            text: text.into(),
        }
    }

    /// Whether a key of its path is of such an algorithm.
    pub(super) fn has_key(&self, which: impl Fn(KeyAlgorithm) -> bool) -> bool {
        self.path
            .iter()
            .any(|(_, certificate)| which(certificate.key_algorithm().unwrap()))
    }

    /// The moment at which it is judged: Unix seconds, one after it was issued.
    pub(super) fn moment(&self) -> i64 {
        self.path
            .iter()
            .map(|(_, certificate)| certificate.not_before().as_second())
            .max()
            .unwrap()
            + 1
    }

    pub(super) fn serves(&self, purpose: &str) -> bool {
        self.purposes
            .iter()
            .any(|known| known.to_string() == purpose)
    }
}

/// Makes every case and collects its certificates. The folder stays below `target`, to be looked at.
pub(super) fn judged() -> Vec<Judged> {
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("judged");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let cases = cases();
    on_all_cores(&cases, |case| {
        let applied = apply(case, &folder.join(&case.name).join("store"));
        of_case(case, &applied, &folder.join(&case.name).join("paths"))
    })
    .into_iter()
    .flatten()
    .collect()
}

fn of_case(case: &Case, applied: &Applied, folder: &Utf8Path) -> Vec<Judged> {
    fs::create_dir_all(folder).unwrap();
    let certified: Vec<&Arc<Entity>> = applied
        .hierarchy
        .entities()
        .filter(|entity| entity.has_certificate())
        .collect();
    assert!(!certified.is_empty(), "{} makes no certificate", case.name);
    for entity in &certified {
        let der = emitted(applied, entity).der().to_vec();
        fs::write(folder.join(format!("{}.der", entity.id)), &der).unwrap();
        fs::write(
            folder.join(format!("{}.pem", entity.id)),
            pem::encode("CERTIFICATE", &der),
        )
        .unwrap();
    }
    certified
        .into_iter()
        .map(|entity| of_entity(case, applied, entity, folder))
        .collect()
}

fn of_entity(case: &Case, applied: &Applied, entity: &Entity, folder: &Utf8Path) -> Judged {
    let file = |id: &str, extension: &str| folder.join(format!("{id}.{extension}"));
    let issuers = applied.hierarchy.issuers(entity);
    let mut ids = vec![entity.id.as_str()];
    ids.extend(issuers.iter().map(|issuer| issuer.id.as_str()));
    let root = ids.last().unwrap();
    let middle = ids.get(1..ids.len() - 1).unwrap_or_default();
    let text: String = middle
        .iter()
        .map(|id| fs::read_to_string(file(id, "pem")).unwrap())
        .collect();
    let chain = file(&entity.id, "chain.pem");
    fs::write(&chain, text).unwrap();
    let path: Vec<_> = ids
        .iter()
        .map(|id| {
            let path = file(id, "der");
            let certificate = Certificate::parse(&fs::read(&path).unwrap()).unwrap();
            (path, certificate)
        })
        .collect();
    Judged {
        name: format!("{}/{}", case.name, entity.id),
        leaf: file(&entity.id, "pem"),
        root: file(root, "pem"),
        chain,
        path,
        purposes: entity
            .extended_key_usage()
            .map(|(oids, _)| oids.to_vec())
            .unwrap_or_default(),
        is_ca: entity.is_ca(),
        signs_crls: entity
            .key_usage()
            .is_none_or(|(bits, _)| bits.contains(&KeyUsageBit::CrlSign)),
        hosts: if entity.is_ca() {
            Vec::new()
        } else {
            hosts(entity)
        },
    }
}

/// The certificate as it lies in the store.
fn emitted(applied: &Applied, entity: &Entity) -> Certificate {
    let output = entity
        .output(Artifact::Cert)
        .unwrap_or_else(|| panic!("{} has no cert", entity.id));
    let text = fs::read(applied.store.join(&output.path)).unwrap();
    let found = pem::certificates(&text).unwrap();
    Certificate::parse(found.first().unwrap()).unwrap()
}

/// A host of each name, one that fits where it has a wildcard.
fn hosts(entity: &Entity) -> Vec<String> {
    entity
        .san()
        .iter()
        .filter_map(|san| match &san.name {
            GeneralName::DnsName(name) => Some(name.as_str().replace('*', "any")),
            GeneralName::IpAddress(octets) => {
                let octets = octets.as_bytes();
                let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
                v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
                    .ok()
                    .map(|address| address.to_string())
            }
            _ => None,
        })
        .collect()
}
