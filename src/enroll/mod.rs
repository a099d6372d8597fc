//! Registering a PKI with a cloud: the exact commands, and the files for many devices at once; one file a cloud.

mod aws_iot;
mod azure_dps;
mod azure_iot_hub;
mod devices;
mod progress;
mod run;
mod script;
mod task;

pub use progress::Progress;
pub use run::{Ran, run};
pub use script::script;
pub use task::{Enrolment, Step, Task, Word};

use camino::Utf8Path;

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
struct Known<'a> {
    target: &'a Target,
    state: &'a Utf8Path,
    spec: &'a [String],
    cas: &'a [devices::Ca],
    devices: &'a [devices::Device],
}

impl Known<'_> {
    /// The step that proves possession of a CA's key by the code in `CODE`.
    fn prove(&self, ca: &str, proof: &Utf8Path) -> Step {
        let spec: Vec<&str> = self.spec.iter().map(String::as_str).collect();
        Step::plain(&["pkiform", "prove"])
            .and(&spec)
            .and(&["--ca", ca, "--cert", proof.as_str()])
            .with("--code", "CODE")
    }
}
