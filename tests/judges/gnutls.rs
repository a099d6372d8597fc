//! GnuTLS's path validation: `certtool --verify`.

use pkiform::catalog::Family;

use super::on_all_cores;
use super::path::{Finding, Judged};
use super::tools::Tool;

/// Debian builds GnuTLS without ML-DSA.
pub(super) fn reads(judged: &Judged) -> bool {
    !judged.has_key(|key| key.family() == Family::MlDsa)
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    on_all_cores(all, |judged| {
        let mut runs: Vec<Vec<String>> = Vec::new();
        // A CA's purposes bind those below it, and are judged there.
        if !judged.is_ca {
            runs.extend(
                judged
                    .purposes
                    .iter()
                    .map(|purpose| vec!["--verify-purpose".to_owned(), purpose.to_string()]),
            );
            runs.extend(
                judged
                    .hosts
                    .iter()
                    .map(|host| vec!["--verify-hostname".to_owned(), host.clone()]),
            );
        }
        if runs.is_empty() {
            runs.push(Vec::new());
        }
        let full = judged.leaf.with_extension("full.pem");
        let text: String = [&judged.leaf, &judged.chain]
            .map(|path| std::fs::read_to_string(path).unwrap())
            .concat();
        std::fs::write(&full, text).unwrap();
        runs.into_iter()
            .filter_map(|run| verify(judged, full.as_str(), &run))
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect()
}

fn verify(judged: &Judged, full: &str, arguments: &[String]) -> Option<Finding> {
    let output = Tool::CERTTOOL
        .command()
        .args([
            "--verify",
            "--load-ca-certificate",
            judged.root.as_str(),
            "--infile",
            full,
        ])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = said
        .lines()
        .find(|line| line.starts_with("Chain verification output:"));
    let good = output.status.success() && verdict.is_some_and(|line| line.contains("Verified. "));
    (!good).then(|| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let text = verdict.unwrap_or(&stderr).replace('\n', " ");
        judged.finding(format!("{}: {text}", arguments.join(" ")))
    })
}
