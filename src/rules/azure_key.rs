//! `azure-key`: keys of kinds that Azure's documents speak of.

use super::support::{devices, or, registered};
use super::{Findings, Rule};
use crate::catalog::KeyAlgorithm;
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "azure-key",
    level: Level::Warning,
    source: "Azure IoT Hub, authenticate with X.509 CA certificates (RSA and ECDSA; no list of curves is given)",
    why: "nothing says that the cloud takes such keys",
    help: "take `rsa-2048` or more, `ecdsa-p256` or `ecdsa-p384`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    let azure = [Cloud::AzureIotHub, Cloud::AzureDps];
    for (target, entity) in devices(hierarchy, &azure).chain(registered(hierarchy, &azure)) {
        let known = matches!(
            entity.key.value,
            KeyAlgorithm::Rsa(_) | KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384
        );
        if entity.external.is_none() && !known {
            let message = format!(
                "`{}` has a key of {}, for {}",
                entity.id,
                entity.key.value,
                target.cloud.title()
            );
            findings.report(
                entity,
                message,
                &[(or(entity.key.span, entity.span), "its key")],
            );
        }
    }
}
