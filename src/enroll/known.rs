//! What each cloud's file begins with: the target, its CAs and its devices as the store has them.

use camino::{Utf8Path, Utf8PathBuf};

use super::devices::{Ca, Device, Reader};
use super::task::{Enrolment, Step};
use super::{aws_iot, azure_dps, azure_iot_hub};
use crate::hierarchy::{Cloud, Hierarchy, Target};
use crate::source::Diagnostic;
use crate::spec::Attestation;
use crate::store::State;

/// The commands and files by which a target learns of a PKI. `spec` is how a shell names the spec to `pkiform prove`,
/// flags included; `folder` is where the files will lie.
///
/// # Errors
/// The spec lacks what the cloud needs, or the store is not what the spec says.
pub fn enrolment(
    target: &Target,
    hierarchy: &Hierarchy,
    state: &State,
    spec: &[String],
    folder: &Utf8Path,
) -> Result<Enrolment, Diagnostic> {
    let mut reader = Reader {
        target,
        hierarchy,
        state,
        folder,
        copies: std::collections::BTreeMap::new(),
    };
    let devices = reader.devices()?;
    let cas = reader.cas()?;
    let is_by_ca = target.attestation == Attestation::Ca && target.cloud != Cloud::AwsIot;
    if cas.is_empty() && (is_by_ca || devices.is_empty()) {
        return Err(nothing(target));
    }
    let known = Known {
        target,
        state: state.dir(),
        folder,
        spec,
        cas: &cas,
        devices: &devices,
    };
    let mut enrolment = match target.cloud {
        Cloud::AzureIotHub => azure_iot_hub::enrolment(&known),
        Cloud::AzureDps => azure_dps::enrolment(&known),
        Cloud::AwsIot => aws_iot::enrolment(&known),
    }?;
    enrolment.files.extend(reader.copies);
    Ok(enrolment)
}

/// What every cloud's file works with.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) target: &'a Target,
    state: &'a Utf8Path,
    pub(super) folder: &'a Utf8Path,
    spec: &'a [String],
    pub(super) cas: &'a [Ca],
    pub(super) devices: &'a [Device],
}

impl Known<'_> {
    /// Where the proof of a CA lies.
    pub(super) fn proof(&self, ca: &Ca) -> Utf8PathBuf {
        self.state.join(format!(".enroll/{}.proof.pem", ca.id))
    }

    /// The step that proves possession of a CA's key by the code in `CODE`.
    pub(super) fn prove(&self, ca: &Ca) -> Result<Step, Diagnostic> {
        if ca.is_keyless {
            let message = format!(
                "{} asks for a proof of `{}`'s key, which is not ours",
                self.target.cloud.title(),
                ca.id
            );
            return Err(Diagnostic::error("enroll", message)
                .at(ca.span, "has no `key`")
                .help("let its owner vouch for it: `verified = true` in the target"));
        }
        let spec: Vec<&str> = self.spec.iter().map(String::as_str).collect();
        Ok(Step::plain(&["pkiform", "prove"])
            .and(&spec)
            .and(&["--ca", &ca.id])
            .file("--cert", &self.proof(ca))
            .with("--code", "CODE"))
    }
}

fn nothing(target: &Target) -> Diagnostic {
    Diagnostic::error(
        "target",
        format!("no CA is registered with {}", target.cloud.title()),
    )
    .at(target.span, "registers none")
    .help("name them: `cas = [\"root\"]`; or give the devices the profile `device`")
}
