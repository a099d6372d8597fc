//! `pkiform enroll` with odd names, files, folders and stores.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use super::record;
use super::small::{DPS, HUB, call, ran, small};
use crate::shell::Shell;

#[test]
fn a_service_takes_ten_enrollments_at_once() {
    let names: Vec<String> = (1..=23).map(|index| format!("\"d{index}\"")).collect();
    let shell = small("azure-dps", DPS, &format!("[{}]", names.join(", ")), "");
    shell.run(&call("azure-dps", "-o out")).exits(0);
    let requests = shell.read("out/enrollments.jsonl");
    let sizes: Vec<usize> = requests
        .lines()
        .map(|line| {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            request["enrollments"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(sizes, [10, 10, 3]);
}

#[test]
fn what_is_printed_is_ours_and_data_is_data() {
    let shell = small("azure-iot-hub", HUB, "[\"a\"]", "");
    let said = shell.run(&call("azure-iot-hub", "--json -o out")).exits(0);
    let data: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let commands = data["tasks"].as_array().unwrap().iter();
    let commands = commands.flat_map(|task| task["commands"].as_array().unwrap());
    let script = shell.read("out/enroll.sh");
    for command in commands {
        assert!(script.contains(command.as_str().unwrap()), "{command}");
    }
    let said = shell.run(&call("azure-iot-hub", "--json --run")).exits(0);
    let data: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(data["done"], 3);
}

#[test]
fn names_that_look_like_flags_and_shells() {
    let shell = small("azure-iot-hub", HUB, "[\"i1\", \"i2\"]", "");
    let names = "{{ {'i1': '-x', 'i2': \\\"a'b$(id)\\\"}[item] }}";
    shell.edit("pki.toml", "{{ item }}", names);
    shell.run("apply pki.toml --yes").exits(0);
    let calls = ran(&shell, &call("azure-iot-hub", "--run"));
    assert!(
        calls.iter().any(|call| call.contains(&"-d=-x".to_owned())),
        "{calls:?}"
    );
    assert!(
        calls
            .iter()
            .any(|call| call.contains(&"a'b$(id)".to_owned())),
        "{calls:?}"
    );
    let script = Command::new("sh")
        .arg("-n")
        .arg(shell.path("pki/small/.enroll/azure-iot-hub/enroll.sh"))
        .status()
        .unwrap();
    assert!(script.success());
}

#[test]
fn a_ca_from_elsewhere_is_given_in_pem() {
    let elsewhere = small("azure-iot-hub", HUB, "[\"a\"]", "");
    elsewhere.edit("pki.toml", "\"crl\"", "\"cert-der\"");
    elsewhere.run("apply pki.toml --yes").exits(0);
    let mut shell = Shell::with(
        "spec = 1\nname = \"small\"\n[target.azure-iot-hub]\nname = \"contoso-hub\"\ncas = [\"root\"]\n\
         [ca.root]\nexternal = { cert = \"file:root.der\" }\n",
    );
    let der = fs::read(elsewhere.path("pki/small/root/cert.der")).unwrap();
    shell.write("root.der", der);
    shell.run("apply pki.toml").exits(0);
    assert_snapshot!(
        "key-is-elsewhere",
        shell.refused(&call("azure-iot-hub", ""))
    );
    shell.edit("pki.toml", "cas =", "verified = true\ncas =");
    record(&mut shell);
    let calls = ran(&shell, &call("azure-iot-hub", "--run"));
    let at = calls[0].iter().position(|word| word == "--path").unwrap();
    assert!(shell.read(&calls[0][at + 1]).contains("BEGIN CERTIFICATE"));
}

#[test]
fn a_store_that_is_not_what_the_spec_says() {
    let shell = small("azure-iot-hub", HUB, "[\"a\"]", "");
    shell.edit("pki.toml", "{{ item }}", "new-{{ item }}");
    assert_snapshot!("behind-the-spec", shell.refused(&call("azure-iot-hub", "")));
    shell.edit("pki.toml", "new-{{ item }}", "{{ item }}");
    let late = call("azure-iot-hub", "").replace("2026", "2037");
    assert_snapshot!("expired", shell.refused(&late));
    let thumbprint = format!("{HUB}\nattestation = \"thumbprint\"");
    let shell = small("azure-iot-hub", &thumbprint, "[\"a\", \"b\"]", "");
    shell.edit("pki.toml", "{{ item }}", "same");
    shell.run("apply pki.toml --yes").exits(0);
    assert_snapshot!(
        "one-name-for-two",
        shell.refused(&call("azure-iot-hub", ""))
    );
    // A CA vouches for both.
    shell.edit("pki.toml", &thumbprint, HUB);
    let calls = ran(&shell, &call("azure-iot-hub", "--run"));
    let devices = calls
        .iter()
        .filter(|call| call.contains(&"device-identity".to_owned()));
    assert_eq!(devices.count(), 1, "{calls:?}");
    // Nothing is registered of a CA that is revoked.
    let shell = Shell::with(
        "spec = 1\nname = \"small\"\n[target.aws-iot]\ncas = [\"sub\"]\n[ca.root]\nsubject.common_name = \"Root\"\n\
         outputs = [\"key\", \"cert\", \"crl\"]\n[ca.sub]\nissuer = \"root\"\nsubject.common_name = \"Sub\"\n",
    );
    shell.run("apply pki.toml").exits(0);
    shell.edit(
        "pki.toml",
        "issuer = \"root\"",
        "issuer = \"root\"\nrevoked = { reason = \"ca-compromise\", date = \"2026-11-20\" }",
    );
    shell.run("apply pki.toml --yes").exits(0);
    assert_snapshot!("revoked-ca", shell.refused(&call("aws-iot", "")));
}

#[test]
fn a_folder_that_is_none() {
    let shell = small("azure-iot-hub", HUB, "[\"a\"]", "");
    shell.write("file", "");
    assert_snapshot!(
        "no-folder",
        shell.refused(&call("azure-iot-hub", "-o file"))
    );
}

#[test]
fn settings_that_are_none() {
    let device = "[ca.root]\nsubject.common_name = \"Root\"\n[leaf.device]\nissuer = \"root\"\nprofile = \"device\"\n\
                  san = [\"d.example\"]\nsubject.common_name = \"d\"\n";
    let azure = "[target.azure-iot-hub]\nname = \"hub.azure-devices.net\"\nresource_group = \"a/b\"\nregion = \"eu-central-1\"\n";
    let aws = "[target.aws-iot]\nregion = \"Frankfurt\"\npolicy = \"a b\"\nrole = \"provisioning\"\nattestation = \"ca\"\n";
    let shell = Shell::with(&format!("spec = 1\nname = \"none\"\n{azure}{aws}{device}"));
    assert_snapshot!("settings", shell.refused("validate pki.toml"));
}

#[test]
fn a_hub_of_a_group() {
    let shell = small(
        "azure-iot-hub",
        &format!("{HUB}\nresource_group = \"rg\""),
        "[\"a\"]",
        "",
    );
    for call in ran(&shell, &call("azure-iot-hub", "--run")) {
        assert!(call.join(" ").contains("-g rg"), "{call:?}");
    }
}
