//! Azure DPS: enrollment groups on CAs, or one enrollment a device, and the file for many at once.

use std::fmt::Write;

use serde_json::json;

use super::known::Known;
use super::task::{Enrolment, Step, Task};
use crate::source::Diagnostic;
use crate::spec::Attestation;

pub(super) fn enrolment(known: &Known<'_>) -> Result<Enrolment, Diagnostic> {
    let target = known.target;
    let text = |setting: &Option<crate::source::Spanned<String>>, key: &str, like: &str| {
        setting
            .as_ref()
            .map(|value| value.value.clone())
            .ok_or_else(|| {
                Diagnostic::error("target", format!("the provisioning service has no {key}"))
                    .at(target.span, format!("says no `{key}`"))
                    .help(format!("{key} = \"{like}\""))
            })
    };
    let service = text(&target.name, "name", "contoso-dps")?;
    let group = text(&target.resource_group, "resource_group", "contoso-rg")?;
    let whose = ["--dps-name", service.as_str(), "-g", group.as_str()];
    let mut enrolment = Enrolment::default();
    for ca in known
        .cas
        .iter()
        .filter(|_| target.attestation == Attestation::Ca)
    {
        let name = ca.id.as_str();
        let group = |verb: &str| {
            Step::plain(&["az", "iot", "dps", "enrollment-group", verb])
                .and(&whose)
                .and(&["--enrollment-id", name])
        };
        let about = format!("make an enrollment group on `{name}`");
        if !ca.is_root {
            // The service takes an intermediate as it comes.
            let with = ["--certificate-path", ca.cert.as_str()];
            enrolment.tasks.push(
                Task::new(about, vec![group("create").and(&with)])
                    .of(&ca.sha256)
                    .again(vec![group("update").and(&with)]),
            );
            continue;
        }
        let of = |verb: &str| {
            Step::plain(&["az", "iot", "dps", "certificate", verb])
                .and(&whose)
                .and(&["--name", name])
        };
        let etag = || {
            of("show")
                .and(&["--query", "etag", "-o", "tsv"])
                .into("ETAG")
        };
        let upload = |verb: &str| {
            let step = of(verb).and(&["--path", ca.cert.as_str()]);
            if target.verified {
                return step.and(&["--verified"]);
            }
            step
        };
        let update = vec![etag(), upload("update").with("--etag", "ETAG")];
        enrolment.tasks.push(
            Task::new(
                format!("upload the certificate of `{name}`"),
                vec![upload("create")],
            )
            .of(&ca.sha256)
            .again(update),
        );
        if !target.verified {
            let proof = known.state.join(format!(".enroll/{name}.proof.pem"));
            let prove = Task::new(
                format!("prove that `{name}`'s key is ours"),
                vec![
                    etag(),
                    of("generate-verification-code")
                        .with("--etag", "ETAG")
                        .and(&["--query", "properties.verificationCode", "-o", "tsv"])
                        .into("CODE"),
                    known.prove(name, &proof),
                    etag(),
                    of("verify")
                        .and(&["--path", proof.as_str()])
                        .with("--etag", "ETAG"),
                ],
            );
            enrolment.tasks.push(prove.of(&ca.sha256));
        }
        enrolment.tasks.push(Task::new(
            about,
            vec![group("create").and(&["--ca-name", name])],
        ));
    }
    let mut bulk = Vec::new();
    let mut thumbprints = "registration_id,sha1,sha256\n".to_owned();
    for device in known.devices {
        let name = device.name.as_str();
        if target.attestation == Attestation::Thumbprint {
            let of = |verb: &str| {
                Step::plain(&["az", "iot", "dps", "enrollment", verb])
                    .and(&whose)
                    .and(&["--enrollment-id", name])
            };
            let with = ["--certificate-path", device.cert.as_str()];
            let create = of("create").and(&["--attestation-type", "x509"]).and(&with);
            enrolment.tasks.push(
                Task::new(
                    format!("enroll the device `{name}`"),
                    vec![create.and(&["--device-id", name])],
                )
                .of(&device.sha256)
                .again(vec![of("update").and(&with)]),
            );
        }
        let _ = writeln!(thumbprints, "{name},{},{}", device.sha1, device.sha256);
        bulk.push(json!({
            "registrationId": name,
            "deviceId": name,
            "attestation": {
                "type": "x509",
                "x509": { "clientCertificates": { "primary": { "certificate": device.pem } } },
            },
            "provisioningStatus": "enabled",
        }));
    }
    let bulk = json!({ "mode": "create", "enrollments": bulk });
    let bulk = serde_json::to_string_pretty(&bulk).unwrap_or_default() + "\n";
    enrolment.files.push(("enrollments.json".to_owned(), bulk));
    enrolment
        .files
        .push(("thumbprints.csv".to_owned(), thumbprints));
    Ok(enrolment)
}
