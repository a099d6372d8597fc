//! Azure IoT Hub: CAs with their proofs, devices one by one, and the file of `import-devices`.

use serde_json::json;

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
    let mut enrolment = Enrolment::default();
    for ca in known.cas {
        let name = ca.id.as_str();
        let of = |verb: &str| {
            Step::plain(&["az", "iot", "hub", "certificate", verb]).and(&[
                "--hub-name",
                hub,
                "--name",
                name,
            ])
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
        let about = format!("upload the certificate of `{name}`");
        let update = vec![etag(), upload("update").with("--etag", "ETAG")];
        enrolment.tasks.push(
            Task::new(about, vec![upload("create")])
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
                    // The tag has changed with the code.
                    etag(),
                    of("verify")
                        .and(&["--path", proof.as_str()])
                        .with("--etag", "ETAG"),
                ],
            );
            enrolment.tasks.push(prove.of(&ca.sha256));
        }
    }
    let mut import = String::new();
    for device in known.devices {
        let of = |verb: &str| {
            Step::plain(&["az", "iot", "hub", "device-identity", verb]).and(&[
                "-n",
                hub,
                "-d",
                &device.name,
            ])
        };
        let about = format!("register the device `{}`", device.name);
        let (task, authentication) = match target.attestation {
            // Any certificate of that CA and that name is the device's.
            Attestation::Ca => (
                Task::new(about, vec![of("create").and(&["--am", "x509_ca"])]),
                json!({ "type": "certificateAuthority" }),
            ),
            Attestation::Thumbprint => {
                let create = of("create").and(&["--am", "x509_thumbprint"]);
                let thumbprint = ["--ptp", device.sha256.as_str()];
                (
                    Task::new(about, vec![create.and(&thumbprint)])
                        .again(vec![of("update").and(&thumbprint)]),
                    json!({
                        "type": "selfSigned",
                        "x509Thumbprint": { "primaryThumbprint": device.sha256, "secondaryThumbprint": device.sha256 },
                    }),
                )
            }
        };
        enrolment.tasks.push(task);
        let line = json!({
            "id": device.name,
            "importMode": "createOrUpdate",
            "status": "enabled",
            "authentication": authentication,
        });
        import.push_str(&line.to_string());
        import.push('\n');
    }
    enrolment
        .files
        .push(("import-devices.txt".to_owned(), import));
    Ok(enrolment)
}
