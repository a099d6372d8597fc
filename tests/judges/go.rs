//! Go's crypto/x509, by a driver that reads a line for each path.

use std::fmt::Write as _;

use pkiform::catalog::KeyAlgorithm;

use super::path::{Finding, Judged};
use super::tools::{Tool, converse};

/// Go has no Ed448.
pub(super) fn reads(judged: &Judged) -> bool {
    !judged.has_key(|key| key == KeyAlgorithm::Ed448)
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    let (mut lines, mut asked) = (String::new(), Vec::new());
    for judged in all {
        let mut purposes: Vec<String> = judged.purposes.iter().map(ToString::to_string).collect();
        if judged.is_ca || purposes.is_empty() {
            purposes = vec!["any".to_owned()];
        }
        for purpose in purposes {
            let (leaf, chain, root, moment) =
                (&judged.leaf, &judged.chain, &judged.root, judged.moment());
            write!(lines, "{leaf}\t{chain}\t{root}\t{moment}\t{purpose}").unwrap();
            for host in &judged.hosts {
                write!(lines, "\t{host}").unwrap();
            }
            lines.push('\n');
            asked.push((judged, purpose));
        }
    }
    let said = converse(Tool::GO_JUDGE.command(), &lines);
    let answers: Vec<&str> = said.lines().collect();
    assert_eq!(answers.len(), asked.len());
    asked
        .into_iter()
        .zip(answers)
        .filter(|(_, answer)| *answer != "ok")
        .map(|((judged, purpose), answer)| judged.finding(format!("{purpose}: {answer}")))
        .collect()
}
