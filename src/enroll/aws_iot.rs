//! AWS IoT: CAs with their proofs, devices as things, a provisioning template, bulk parameters, just-in-time registration.

use serde_json::{Value, json};

use super::known::Known;
use super::task::{Enrolment, Step, Task};

pub(super) fn enrolment(known: &Known<'_>) -> Enrolment {
    let target = known.target;
    let region = target.region.as_ref().map(|region| region.value.as_str());
    let aws = |words: &[&str]| {
        let step = Step::plain(&["aws", "iot"]).and(words);
        match region {
            Some(region) => step.and(&["--region", region]),
            None => step,
        }
    };
    let policy = target.policy.as_ref().map(|policy| policy.value.as_str());
    let role = target.role.as_ref().map(|role| role.value.as_str());
    let mut enrolment = Enrolment::default();
    let folder = known.state.join(".enroll/aws-iot");
    let registration = format!("file://{folder}/registration-config.json");
    for ca in known.cas {
        let name = ca.id.as_str();
        let cert = format!("file://{}", ca.cert);
        let mut register = aws(&["register-ca-certificate", "--ca-certificate", &cert]);
        let mut steps = Vec::new();
        if target.verified {
            register = register.and(&["--certificate-mode", "SNI_ONLY"]);
        } else {
            let proof = known.state.join(format!(".enroll/{name}.proof.pem"));
            steps.push(
                aws(&[
                    "get-registration-code",
                    "--query",
                    "registrationCode",
                    "--output",
                    "text",
                ])
                .into("CODE"),
            );
            steps.push(known.prove(name, &proof));
            register = register.and(&["--verification-certificate", &format!("file://{proof}")]);
        }
        // A CA is registered as INACTIVE unless it is said.
        register = register.and(&["--set-as-active"]);
        if role.is_some() {
            register = register.and(&[
                "--allow-auto-registration",
                "--registration-config",
                &registration,
            ]);
        }
        steps.push(register);
        enrolment
            .tasks
            .push(Task::new(format!("register the CA `{name}`"), steps).of(&ca.sha256));
    }
    let mut parameters = String::new();
    for device in known.devices {
        let name = device.name.as_str();
        let cert = format!("file://{}", device.cert);
        let mut register = aws(&[
            "register-certificate",
            "--set-as-active",
            "--certificate-pem",
            &cert,
        ]);
        if let Some(issuer) = &device.issuer_cert {
            register = register.and(&["--ca-certificate-pem", &format!("file://{issuer}")]);
        }
        let mut steps = vec![
            register
                .and(&["--query", "certificateArn", "--output", "text"])
                .into("ARN"),
            aws(&["create-thing", "--thing-name", name]),
            aws(&["attach-thing-principal", "--thing-name", name]).with("--principal", "ARN"),
        ];
        if let Some(policy) = policy {
            steps.push(aws(&["attach-policy", "--policy-name", policy]).with("--target", "ARN"));
        }
        enrolment
            .tasks
            .push(Task::new(format!("register the device `{name}`"), steps).of(&device.sha256));
        let line = json!({ "ThingName": name, "CertificatePem": device.pem });
        parameters.push_str(&line.to_string());
        parameters.push('\n');
    }
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    let bulk = template(
        policy,
        &json!({ "CertificatePem": { "Ref": "CertificatePem" } }),
        "ThingName",
    );
    enrolment
        .files
        .push(("provisioning-template.json".to_owned(), pretty(&bulk)));
    enrolment
        .files
        .push(("bulk-parameters.txt".to_owned(), parameters));
    if let Some(role) = role {
        let certificate =
            json!({ "CertificateId": { "Ref": "AWS::IoT::Certificate::Id" }, "Status": "ACTIVE" });
        let jitp = template(policy, &certificate, "AWS::IoT::Certificate::CommonName");
        let config = json!({ "templateBody": jitp.to_string(), "roleArn": role });
        enrolment
            .files
            .push(("registration-config.json".to_owned(), pretty(&config)));
    }
    enrolment
}

/// A provisioning template: a thing under the name of the parameter, its certificate and its policy.
fn template(policy: Option<&str>, certificate: &Value, name: &str) -> Value {
    let mut parameters =
        serde_json::Map::from_iter([(name.to_owned(), json!({ "Type": "String" }))]);
    for inner in ["CertificatePem", "CertificateId"] {
        if let Some(reference) = certificate.get(inner).and_then(|value| value.get("Ref")) {
            let key = reference.as_str().unwrap_or_default().to_owned();
            parameters.insert(key, json!({ "Type": "String" }));
        }
    }
    let mut resources = json!({
        "thing": { "Type": "AWS::IoT::Thing", "Properties": { "ThingName": { "Ref": name } } },
        "certificate": { "Type": "AWS::IoT::Certificate", "Properties": certificate },
    });
    if let (Some(policy), Some(object)) = (policy, resources.as_object_mut()) {
        object.insert(
            "policy".to_owned(),
            json!({ "Type": "AWS::IoT::Policy", "Properties": { "PolicyName": policy } }),
        );
    }
    json!({ "Parameters": parameters, "Resources": resources })
}
