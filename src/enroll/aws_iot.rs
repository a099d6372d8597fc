//! AWS IoT: CAs with their proofs, devices as things, a provisioning template, bulk parameters, just-in-time registration.

use serde_json::{Map, Value, json};

use super::devices::{Ca, Device};
use super::known::Known;
use super::task::{Enrolment, Step, Task};
use crate::source::Diagnostic;

/// The file that tells how devices register themselves.
const CONFIG: &str = "registration-config.json";

pub(super) fn enrolment(known: &Known<'_>) -> Result<Enrolment, Diagnostic> {
    let target = known.target;
    let cloud = Aws {
        region: target.region.as_ref().map(|region| region.value.as_str()),
        policy: target.policy.as_ref().map(|policy| policy.value.as_str()),
    };
    let config = target
        .role
        .as_ref()
        .map(|role| cloud.registration(&role.value));
    let mut enrolment = Enrolment::default();
    for ca in known.cas {
        enrolment
            .tasks
            .push(cloud.register_ca(known, ca, config.as_deref())?);
    }
    let mut parameters = String::new();
    for device in known.devices {
        enrolment.tasks.push(cloud.register_device(device));
        // What is revoked is known as such, so that it does not register itself, and is no thing.
        if device.is_revoked {
            continue;
        }
        enrolment.tasks.push(cloud.make_thing(device));
        let issuer = device.issuer.as_ref().map(|issuer| issuer.pem.as_str());
        let line = json!({
            "ThingName": device.name,
            "CertificatePem": device.pem,
            "CACertificatePem": issuer.unwrap_or(&device.pem),
        });
        parameters.push_str(&line.to_string());
        parameters.push('\n');
    }
    let bulk = cloud.template(
        "ThingName",
        &json!({
            "CertificatePem": { "Ref": "CertificatePem" },
            "CACertificatePem": { "Ref": "CACertificatePem" },
            "Status": "ACTIVE",
        }),
    );
    enrolment.files = vec![
        ("provisioning-template.json".to_owned(), pretty(&bulk)),
        ("bulk-parameters.txt".to_owned(), parameters),
    ];
    enrolment
        .files
        .extend(config.map(|config| (CONFIG.to_owned(), config)));
    Ok(enrolment)
}

/// An account's part of the cloud.
#[derive(Clone, Copy)]
struct Aws<'a> {
    region: Option<&'a str>,
    policy: Option<&'a str>,
}

impl Aws<'_> {
    /// A command, in the region.
    fn step(&self, words: &[&str]) -> Step {
        let step = Step::plain(&["aws", "iot"]).and(words);
        match self.region {
            Some(region) => step.and(&["--region", region]),
            None => step,
        }
    }

    /// The name of something in the region, as nothing else has it.
    fn thing(&self, what: &str, name: &str) -> String {
        format!("aws-iot {} {what} {name}", self.region.unwrap_or("-"))
    }

    fn register_ca(
        &self,
        known: &Known<'_>,
        ca: &Ca,
        config: Option<&str>,
    ) -> Result<Task, Diagnostic> {
        let is_verified = known.target.verified;
        let register = self
            .step(&["register-ca-certificate"])
            .file_uri("--ca-certificate", &ca.cert);
        let (mode, mut steps, register) = if is_verified {
            let register = register.and(&["--certificate-mode", "SNI_ONLY"]);
            ("SNI_ONLY", Vec::new(), register)
        } else {
            let code = self.step(&["get-registration-code"]).and(&[
                "--query",
                "registrationCode",
                "--output",
                "text",
            ]);
            let register = register.file_uri("--verification-certificate", &known.proof(ca));
            let steps = vec![code.into("CODE"), known.prove(ca)?];
            ("DEFAULT", steps, register)
        };
        // A CA is registered as INACTIVE unless it is said.
        let mut register = register.and(&["--set-as-active"]);
        // The cloud names a certificate by the SHA-256 of its DER.
        let mut update = self.step(&["update-ca-certificate", "--certificate-id", &ca.sha256]);
        if config.is_some() {
            let path = known.folder.join(CONFIG);
            register = register
                .and(&["--allow-auto-registration"])
                .file_uri("--registration-config", &path);
            update = update
                .and(&["--new-auto-registration-status", "ENABLE"])
                .file_uri("--registration-config", &path);
        } else {
            update = update.and(&[
                "--new-auto-registration-status",
                "DISABLE",
                "--remove-auto-registration",
            ]);
        }
        steps.push(register);
        Ok(Task::new(
            format!("register the CA `{}`", ca.id),
            self.thing("ca", &format!("{} {mode}", ca.sha256)),
            steps,
        )
        .of(&ca.sha256)
        .of(config.unwrap_or_default())
        .again(vec![update]))
    }

    fn register_device(&self, device: &Device) -> Task {
        let status = if device.is_revoked {
            "REVOKED"
        } else {
            "ACTIVE"
        };
        let register = match &device.issuer {
            Some(issuer) => self
                .step(&["register-certificate", "--status", status])
                .file_uri("--certificate-pem", &device.cert)
                .file_uri("--ca-certificate-pem", &issuer.cert),
            None => self
                .step(&["register-certificate-without-ca", "--status", status])
                .file_uri("--certificate-pem", &device.cert),
        };
        let update = self.step(&[
            "update-certificate",
            "--certificate-id",
            &device.sha256,
            "--new-status",
            status,
        ]);
        let verb = if device.is_revoked { "bar" } else { "register" };
        Task::new(
            format!("{verb} the certificate of `{}`", device.name),
            self.thing("certificate", &device.sha256),
            vec![register],
        )
        .of(&device.sha256)
        .again(vec![update])
    }

    /// The thing of a device, with its certificate and its policy: each command may be done twice.
    fn make_thing(&self, device: &Device) -> Task {
        let name = device.name.as_str();
        let arn = self.step(&[
            "describe-certificate",
            "--certificate-id",
            &device.sha256,
            "--query",
            "certificateDescription.certificateArn",
            "--output",
            "text",
        ]);
        let mut steps = vec![
            arn.into("ARN"),
            self.step(&["create-thing"]).set("--thing-name", name),
            self.step(&["attach-thing-principal"])
                .set("--thing-name", name)
                .with("--principal", "ARN"),
        ];
        if let Some(policy) = self.policy {
            let attach = self.step(&["attach-policy"]).set("--policy-name", policy);
            steps.push(attach.with("--target", "ARN"));
        }
        Task::new(
            format!("make `{name}` a thing with its certificate"),
            self.thing("thing", &format!("{name} {}", device.sha256)),
            steps,
        )
    }

    /// What a CA's devices are when they first connect.
    fn registration(&self, role: &str) -> String {
        let template = self.template(
            "AWS::IoT::Certificate::CommonName",
            &json!({ "CertificateId": { "Ref": "AWS::IoT::Certificate::Id" }, "Status": "ACTIVE" }),
        );
        pretty(&json!({ "templateBody": template.to_string(), "roleArn": role }))
    }

    /// A provisioning template: a thing under the name of the parameter, its certificate and its policy.
    fn template(&self, name: &str, certificate: &Value) -> Value {
        let properties = certificate.as_object().into_iter().flat_map(Map::values);
        let references = properties.filter_map(|value| value.get("Ref")?.as_str());
        let parameters: Map<String, Value> = std::iter::once(name)
            .chain(references)
            .map(|parameter| (parameter.to_owned(), json!({ "Type": "String" })))
            .collect();
        let mut resources = json!({
            "thing": { "Type": "AWS::IoT::Thing", "Properties": { "ThingName": { "Ref": name } } },
            "certificate": { "Type": "AWS::IoT::Certificate", "Properties": certificate },
        });
        if let (Some(policy), Some(object)) = (self.policy, resources.as_object_mut()) {
            object.insert(
                "policy".to_owned(),
                json!({ "Type": "AWS::IoT::Policy", "Properties": { "PolicyName": policy } }),
            );
        }
        json!({ "Parameters": parameters, "Resources": resources })
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
