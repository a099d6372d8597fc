//! Azure DPS: enrollment groups on CAs, or one enrollment a device, and the file for many at once.

use std::fmt::Write;

use serde_json::{Value, json};

use super::azure_certificate::{Service, upload};
use super::devices::{Ca, Device};
use super::known::Known;
use super::task::{Enrolment, Step, Task};
use crate::source::{Diagnostic, Spanned};
use crate::spec::Attestation;

/// How many enrollments a request may carry (Azure DPS REST API, Individual Enrollment - Run Bulk Operation).
const MOST: usize = 10;

pub(super) fn enrolment(known: &Known<'_>) -> Result<Enrolment, Diagnostic> {
    let target = known.target;
    let text = |setting: &Option<Spanned<String>>, key: &str, like: &str| {
        setting
            .as_ref()
            .map(|value| value.value.clone())
            .ok_or_else(|| {
                Diagnostic::error("target", format!("the provisioning service has no {key}"))
                    .at(target.span, format!("says no `{key}`"))
                    .help(format!("{key} = \"{like}\""))
            })
    };
    let name = text(&target.name, "name", "contoso-dps")?;
    let group = text(&target.resource_group, "resource_group", "contoso-rg")?;
    let service = Service {
        group: "dps",
        whose: &["--dps-name", &name, "-g", &group],
        thing: &format!("azure-dps {name}"),
    };
    let is_by_ca = target.attestation == Attestation::Ca;
    let mut enrolment = Enrolment::default();
    for ca in known.cas.iter().filter(|_| is_by_ca) {
        // The service takes an intermediate as it comes.
        if ca.is_root {
            enrolment.tasks.extend(upload(known, ca, &service)?);
        }
        enrolment.tasks.push(on_ca(ca, &service));
    }
    let mut thumbprints = "registration_id,sha1,sha256\n".to_owned();
    for device in known.devices {
        // Within a group, only what is barred has an enrollment of its own.
        if !is_by_ca || device.is_revoked {
            enrolment.tasks.push(of_device(device, &service));
        }
        let _ = writeln!(
            thumbprints,
            "{},{},{}",
            device.name, device.sha1, device.sha256
        );
    }
    let bulk = known.devices.chunks(MOST).map(|devices| {
        let enrollments: Value = devices.iter().map(entry).collect();
        format!(
            "{}\n",
            json!({ "mode": "create", "enrollments": enrollments })
        )
    });
    enrolment.files = vec![
        ("enrollments.jsonl".to_owned(), bulk.collect()),
        ("thumbprints.csv".to_owned(), thumbprints),
    ];
    Ok(enrolment)
}

/// The group of the devices beneath a CA.
fn on_ca(ca: &Ca, service: &Service<'_>) -> Task {
    let name = ca.id.as_str();
    let of = |verb: &str| {
        let step = Step::plain(&["az", "iot", "dps", "enrollment-group", verb])
            .and(service.whose)
            .and(&["--enrollment-id", name]);
        if ca.is_root {
            return step.and(&["--ca-name", name]);
        }
        step.file("--certificate-path", &ca.cert)
    };
    let task = Task::new(
        format!("make an enrollment group on `{name}`"),
        format!("{} group {name}", service.thing),
        vec![of("create")],
    );
    // A root's group goes by the certificate's name, whatever the certificate.
    let task = if ca.is_root {
        task
    } else {
        task.of(&ca.sha256)
    };
    task.again(vec![of("update")])
}

/// The enrollment of one device; what is revoked gets one that bars it, whatever group it would fall into.
fn of_device(device: &Device, service: &Service<'_>) -> Task {
    let name = device.name.as_str();
    let of = |verb: &str| {
        Step::plain(&["az", "iot", "dps", "enrollment", verb])
            .and(service.whose)
            .set("--enrollment-id", name)
    };
    let status = ["--provisioning-status", status(device)];
    let create = of("create")
        .and(&["--attestation-type", "x509"])
        .file("--certificate-path", &device.cert)
        .set("--device-id", name);
    let (verb, create) = if device.is_revoked {
        ("bar", create.and(&status))
    } else {
        ("enroll", create)
    };
    Task::new(
        format!("{verb} the device `{name}`"),
        format!("{} device {name}", service.thing),
        vec![create],
    )
    .of(&device.sha256)
    .again(vec![
        of("update")
            .file("--certificate-path", &device.cert)
            .and(&status),
    ])
}

/// An enrollment as the bulk operation takes it (`IndividualEnrollment`).
fn entry(device: &Device) -> Value {
    json!({
        "registrationId": device.name,
        "deviceId": device.name,
        "attestation": {
            "type": "x509",
            "x509": { "clientCertificates": { "primary": { "certificate": device.pem } } },
        },
        "provisioningStatus": status(device),
    })
}

fn status(device: &Device) -> &'static str {
    if device.is_revoked {
        "disabled"
    } else {
        "enabled"
    }
}
