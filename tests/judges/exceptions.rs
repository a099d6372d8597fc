//! Excuses for what a judge finds: each is a line with its reason, and one that excuses nothing is a failure.

use serde::Deserialize;

use super::path::Finding;

const JUDGES: [&str; 5] = ["openssl", "webpki", "gnutls", "go", "pkilint"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    exception: Vec<Exception>,
}

/// One excuse.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// Who finds it.
    judge: String,
    /// The certificate, `spec/entity`.
    certificate: String,
    /// A part of what the judge says.
    finding: String,
    /// Why it is no fault of ours.
    why: String,
}

fn read() -> Vec<Exception> {
    let text = include_str!("exceptions.toml");
    toml::from_str::<Exceptions>(text).unwrap().exception
}

/// What no line excuses, and each line of this judge that excuses nothing.
pub(super) fn unexcused(judge: &str, findings: Vec<Finding>) -> Vec<String> {
    let mine: Vec<Exception> = read()
        .into_iter()
        .filter(|exception| exception.judge == judge)
        .collect();
    left(&mine, findings)
}

fn left(exceptions: &[Exception], findings: Vec<Finding>) -> Vec<String> {
    let excuses = |exception: &Exception, finding: &Finding| {
        exception.certificate == in_any_environment(&finding.certificate)
            && finding.text.contains(&exception.finding)
    };
    let stale = exceptions
        .iter()
        .filter(|exception| !findings.iter().any(|finding| excuses(exception, finding)))
        .map(|exception| {
            format!(
                "exceptions.toml excuses {:?} of {}, which is no longer found: take the line out",
                exception.finding, exception.certificate
            )
        })
        .collect::<Vec<_>>();
    findings
        .into_iter()
        .filter(|finding| {
            !exceptions
                .iter()
                .any(|exception| excuses(exception, finding))
        })
        .map(|finding| format!("{}: {}", finding.certificate, finding.text))
        .chain(stale)
        .collect()
}

/// `spec/entity` of `spec.env/entity`: what is no fault in one environment is none in another.
fn in_any_environment(certificate: &str) -> String {
    match certificate.split_once('/') {
        Some((spec, entity)) => {
            let spec = spec.split_once('.').map_or(spec, |(spec, _)| spec);
            format!("{spec}/{entity}")
        }
        None => certificate.to_owned(),
    }
}

/// What is wrong with the lines themselves.
pub(super) fn faults() -> Vec<String> {
    read()
        .into_iter()
        .filter(|exception| !JUDGES.contains(&exception.judge.as_str()) || exception.why.is_empty())
        .map(|exception| format!("{} by {}", exception.certificate, exception.judge))
        .collect()
}

#[test]
fn a_line_excuses_its_finding_and_a_stale_one_is_told() {
    let exception = |certificate: &str| Exception {
        judge: "go".to_owned(),
        certificate: certificate.to_owned(),
        finding: "too long".to_owned(),
        why: "a test".to_owned(),
    };
    let finding = || {
        vec![Finding {
            certificate: "a/b".to_owned(),
            text: "is too long".to_owned(),
        }]
    };
    assert_eq!(left(&[exception("a/b")], finding()), Vec::<String>::new());
    let mut elsewhere = finding();
    elsewhere[0].certificate = "a.test/b".to_owned();
    assert_eq!(left(&[exception("a/b")], elsewhere), Vec::<String>::new());
    assert_eq!(left(&[], finding()), ["a/b: is too long"]);
    let told = left(&[exception("a/c")], finding());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("no longer found"), "{told:?}");
}
