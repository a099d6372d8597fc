//! OpenSSL's path validation, at its strictest: `openssl verify -x509_strict`.

use std::net::IpAddr;
use std::sync::LazyLock;

use pkiform::catalog::Family;

use super::on_all_cores;
use super::path::{Finding, Judged};
use super::tools::Tool;

/// The version of the program on this machine.
static VERSION: LazyLock<(u32, u32)> = LazyLock::new(|| {
    let output = Tool::OPENSSL.command().arg("version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split([' ', '.']).filter_map(|part| part.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
});

/// ML-DSA came with OpenSSL 3.5.
pub(super) fn reads(judged: &Judged) -> bool {
    *VERSION >= (3, 5) || !judged.has_key(|key| key.family() == Family::MlDsa)
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    on_all_cores(all, |judged| {
        let purposes = purposes(judged);
        let mut found: Vec<_> = purposes
            .iter()
            .filter_map(|purpose| verify(judged, &["-purpose", purpose]))
            .collect();
        for host in &judged.hosts {
            let kind = if host.parse::<IpAddr>().is_ok() {
                "-verify_ip"
            } else {
                "-verify_hostname"
            };
            found.extend(verify(judged, &[kind, host]));
        }
        found
    })
    .into_iter()
    .flatten()
    .collect()
}

/// The names under which OpenSSL knows what the certificate is for.
fn purposes(judged: &Judged) -> Vec<&'static str> {
    if judged.is_ca {
        return vec![if judged.signs_crls { "crlsign" } else { "any" }];
    }
    let mut names: Vec<_> = judged
        .purposes
        .iter()
        .map(|purpose| match purpose.to_string().as_str() {
            "1.3.6.1.5.5.7.3.1" => "sslserver",
            "1.3.6.1.5.5.7.3.2" => "sslclient",
            "1.3.6.1.5.5.7.3.3" if *VERSION >= (3, 2) => "codesign",
            "1.3.6.1.5.5.7.3.4" => "smimesign",
            "1.3.6.1.5.5.7.3.8" => "timestampsign",
            "1.3.6.1.5.5.7.3.9" => "ocsphelper",
            _ => "any",
        })
        .collect();
    if names.is_empty() {
        names.push("any");
    }
    names
}

fn verify(judged: &Judged, arguments: &[&str]) -> Option<Finding> {
    let mut command = Tool::OPENSSL.command();
    command
        .args([
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-policy_check",
            "-no-CApath",
            "-no-CAstore",
        ])
        .args([
            "-attime",
            &judged.moment().to_string(),
            "-CAfile",
            judged.root.as_str(),
        ])
        .args(arguments);
    if judged.path.len() > 2 {
        command.args(["-untrusted", judged.chain.as_str()]);
    }
    let output = command.arg(&judged.leaf).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    (!output.status.success()).then(|| {
        judged.finding(format!(
            "{}: {}",
            arguments.join(" "),
            said.replace('\n', " ")
        ))
    })
}
