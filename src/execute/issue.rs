//! Issuing one certificate: a serial, the bytes, the signature.

use crate::catalog::signature_algorithm;
use crate::crypto::{PrivateKey, Randomness};
use crate::hierarchy::Entity;
use crate::plan::{Step, own_facts, unnumbered};
use crate::x509::{self, IssuerFacts};

use super::ExecuteError;
use super::ca::Ca;

/// A certificate just issued.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    /// The certificate, DER.
    pub(super) der: Vec<u8>,
    /// Its serial number, big-endian.
    pub(super) serial: Vec<u8>,
}

/// Issues an entity's certificate over a public key: by its issuer, or by its own key.
pub(super) fn issue(
    entity: &Entity,
    step: &Step,
    spki_der: &[u8],
    own_key: Option<&PrivateKey>,
    issuer: Option<&Ca>,
    randomness: Randomness<'_>,
) -> Result<Issued, ExecuteError> {
    let fault = |source| ExecuteError::Compose {
        id: entity.id.clone(),
        source,
    };
    let (Some(not_before), Some(not_after)) = (step.not_before, step.not_after) else {
        return Err(ExecuteError::Stale {
            id: entity.id.clone(),
        });
    };
    let crypto = |source| ExecuteError::Crypto {
        id: entity.id.clone(),
        source,
    };
    let serial = match randomness {
        Randomness::System => randomness.serial(&[]),
        Randomness::Seeded { .. } => {
            let facts = issuer.map(|ca| &ca.facts);
            let tbs = unnumbered(entity, facts, spki_der, not_before, not_after).map_err(fault)?;
            randomness.serial(&tbs)
        }
    }
    .map_err(crypto)?;
    let compose = |facts: &IssuerFacts| {
        x509::compose(entity, facts, spki_der, &serial, not_before, not_after).map_err(fault)
    };
    let (digest, nonces) = (entity.digest.value, randomness.nonces());
    let (tbs, algorithm, signature) = if let Some(ca) = issuer {
        let signer = ca.key.as_ref().ok_or_else(|| no_key(entity))?;
        let tbs = compose(&ca.facts)?;
        let id = entity
            .issuer
            .as_ref()
            .map_or("", |issuer| issuer.value.as_str());
        let signature = signer.sign(id, &tbs, digest, nonces)?;
        (tbs, ca.facts.algorithm, signature)
    } else {
        let signer = own_key.ok_or_else(|| no_key(entity))?;
        let facts = own_facts(entity, None, spki_der, &serial).map_err(fault)?;
        let tbs = compose(&facts)?;
        let signature = signer.sign(&tbs, digest, nonces).map_err(crypto)?;
        (tbs, facts.algorithm, signature)
    };
    let algorithm = signature_algorithm(algorithm, entity.digest.value);
    let der = x509::assemble(&tbs, &algorithm, &signature).map_err(fault)?;
    Ok(Issued {
        der,
        serial: serial.to_vec(),
    })
}

fn no_key(entity: &Entity) -> ExecuteError {
    let id = entity
        .issuer
        .as_ref()
        .map_or_else(|| entity.id.clone(), |issuer| issuer.value.clone());
    ExecuteError::NoKey { id }
}
