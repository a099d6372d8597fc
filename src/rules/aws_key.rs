//! `aws-key`: AWS IoT takes RSA and the NIST curves.

use super::support::{devices, or, registered};
use super::{Findings, Rule};
use crate::catalog::KeyAlgorithm;
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "aws-key",
    level: Level::Error,
    source: "AWS IoT Core Developer Guide, X.509 client certificates: supported algorithms",
    why: "the cloud refuses the certificate",
    help: "take `rsa-2048` or more, `ecdsa-p256`, `ecdsa-p384` or `ecdsa-p521`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    let aws = [Cloud::AwsIot];
    for (_, entity) in devices(hierarchy, &aws).chain(registered(hierarchy, &aws)) {
        let known = matches!(
            entity.key.value,
            KeyAlgorithm::Rsa(_)
                | KeyAlgorithm::EcdsaP256
                | KeyAlgorithm::EcdsaP384
                | KeyAlgorithm::EcdsaP521
        );
        if entity.external.is_none() && !known {
            let message = format!(
                "`{}` has a key of {}, which AWS IoT does not know",
                entity.id, entity.key.value
            );
            findings.report(
                entity,
                message,
                &[(or(entity.key.span, entity.span), "its key")],
            );
        }
    }
}
