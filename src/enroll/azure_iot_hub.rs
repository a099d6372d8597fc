//! Azure IoT Hub: CAs with their proofs, devices one by one, and the file of `import-devices`.

use serde_json::{Value, json};

use super::azure_certificate::{Service, upload};
use super::devices::Device;
use super::known::Known;
use super::task::{Enrolment, Step, Task};
use crate::source::Diagnostic;
use crate::spec::Attestation;

pub(super) fn enrolment(known: &Known<'_>) -> Result<Enrolment, Diagnostic> {
    let target = known.target;
    let Some(hub) = target.name.as_ref().map(|name| name.value.as_str()) else {
        return Err(Diagnostic::error("target", "the hub has no name")
            .at(target.span, "says no `name`")
            .help("name = \"contoso-hub\", without .azure-devices.net"));
    };
    let group = target.resource_group.as_ref();
    let of_group: Vec<&str> = group
        .iter()
        .flat_map(|group| ["-g", group.value.as_str()])
        .collect();
    let whose = [&["--hub-name", hub], of_group.as_slice()].concat();
    let service = Service {
        group: "hub",
        whose: &whose,
        thing: &format!("azure-iot-hub {hub}"),
    };
    let mut enrolment = Enrolment::default();
    for ca in known.cas {
        enrolment.tasks.extend(upload(known, ca, &service)?);
    }
    let mut import = String::new();
    for device in known.devices {
        enrolment
            .tasks
            .push(register(device, hub, &of_group, target.attestation));
        import.push_str(&line(device, target.attestation).to_string());
        import.push('\n');
    }
    enrolment
        .files
        .push(("import-devices.txt".to_owned(), import));
    Ok(enrolment)
}

fn register(device: &Device, hub: &str, of_group: &[&str], attestation: Attestation) -> Task {
    let name = device.name.as_str();
    let of = |verb: &str| {
        let step = Step::plain(&["az", "iot", "hub", "device-identity", verb, "-n", hub]);
        let step = step.and(of_group).set("-d", name);
        match attestation {
            // Any certificate of that CA and that name is the device's.
            Attestation::Ca => step.and(&["--am", "x509_ca"]),
            // Both, so that an update leaves none of before.
            Attestation::Thumbprint => step.and(&["--am", "x509_thumbprint"]).and(&[
                "--ptp",
                &device.sha256,
                "--stp",
                &device.sha256,
            ]),
        }
    };
    let create = of("create");
    let (verb, create) = if device.is_revoked {
        ("bar", create.and(&["--status", "disabled"]))
    } else {
        ("register", create)
    };
    Task::new(
        format!("{verb} the device `{name}`"),
        format!("azure-iot-hub {hub} device {name}"),
        vec![create],
    )
    .again(vec![of("update").and(&["--status", status(device)])])
}

/// A line of the file that a hub imports (`ExportImportDevice`).
fn line(device: &Device, attestation: Attestation) -> Value {
    let authentication = match attestation {
        Attestation::Ca => json!({ "type": "certificateAuthority" }),
        Attestation::Thumbprint => json!({
            "type": "selfSigned",
            "x509Thumbprint": { "primaryThumbprint": device.sha256, "secondaryThumbprint": device.sha256 },
        }),
    };
    json!({
        "id": device.name,
        "importMode": "createOrUpdate",
        "status": status(device),
        "authentication": authentication,
    })
}

fn status(device: &Device) -> &'static str {
    if device.is_revoked {
        "disabled"
    } else {
        "enabled"
    }
}
