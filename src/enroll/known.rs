//! What each cloud's file begins with: the target, its CAs and its devices as the store has them.

use camino::Utf8Path;

use super::task::{Enrolment, Step};
use super::{aws_iot, azure_dps, azure_iot_hub, devices};
use crate::hierarchy::{Cloud, Hierarchy, Target};
use crate::source::Diagnostic;
use crate::store::State;

/// The commands and files by which a target learns of a PKI. `spec` is how a shell names the spec to `pkiform prove`,
/// flags included.
///
/// # Errors
/// The spec lacks what the cloud needs, or a certificate is not there yet.
pub fn enrolment(
    target: &Target,
    hierarchy: &Hierarchy,
    state: &State,
    spec: &[String],
) -> Result<Enrolment, Diagnostic> {
    let devices = devices::devices(target, hierarchy, state)?;
    let cas = devices::cas(target, hierarchy, state)?;
    let known = Known {
        target,
        state: state.dir(),
        spec,
        cas: &cas,
        devices: &devices,
    };
    match target.cloud {
        Cloud::AzureIotHub => azure_iot_hub::enrolment(&known),
        Cloud::AzureDps => azure_dps::enrolment(&known),
        Cloud::AwsIot => Ok(aws_iot::enrolment(&known)),
    }
}

/// What every cloud's file works with.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) target: &'a Target,
    pub(super) state: &'a Utf8Path,
    spec: &'a [String],
    pub(super) cas: &'a [devices::Ca],
    pub(super) devices: &'a [devices::Device],
}

impl Known<'_> {
    /// The step that proves possession of a CA's key by the code in `CODE`.
    pub(super) fn prove(&self, ca: &str, proof: &Utf8Path) -> Step {
        let spec: Vec<&str> = self.spec.iter().map(String::as_str).collect();
        Step::plain(&["pkiform", "prove"])
            .and(&spec)
            .and(&["--ca", ca, "--cert", proof.as_str()])
            .with("--code", "CODE")
    }
}
