//! `proof-issuer`: possession is proved by the very CA that is registered.

use super::support::targets;
use super::{Findings, Rule};
use crate::hierarchy::{Cloud, Hierarchy};
use crate::source::Level;

pub(super) const RULE: Rule = Rule {
    id: "proof-issuer",
    level: Level::Error,
    source: "Azure IoT Hub, verify X.509 CA certificates; AWS IoT Core, register your CA certificate",
    why: "the cloud refuses a proof that another CA has signed",
    help: "let the registered CA issue the proof, or use `pkiform prove --ca ID`",
    check,
};

fn check(hierarchy: &Hierarchy, findings: &mut Findings<'_>) {
    for target in targets(hierarchy, &Cloud::ALL) {
        let Some((said, proof)) = target
            .proof
            .as_ref()
            .and_then(|proof| Some((proof, hierarchy.get(&proof.value)?)))
        else {
            continue;
        };
        let issuer = proof.issuer.as_ref().map(|issuer| issuer.value.as_str());
        if !target
            .cas
            .iter()
            .any(|ca| Some(ca.value.as_str()) == issuer)
        {
            let message = format!(
                "`{}` is no proof for {}: its issuer is not registered",
                proof.id,
                target.cloud.title()
            );
            findings.report(
                proof,
                message,
                &[(proof.span, "the proof"), (said.span, "named here")],
            );
        }
    }
}
