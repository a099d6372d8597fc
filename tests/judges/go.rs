//! Go's crypto/x509, by a driver that reads a line for each path.

use std::fmt::Write as _;

use pkiform::catalog::KeyAlgorithm;

use super::path::{Finding, Judged};
use super::tools::{Tool, converse};

/// The purposes that Go has a word for, which are those of the driver.
const KNOWN: [&str; 6] = [
    "1.3.6.1.5.5.7.3.1",
    "1.3.6.1.5.5.7.3.2",
    "1.3.6.1.5.5.7.3.3",
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
];

/// Go has no Ed448.
pub(super) fn reads(judged: &Judged) -> bool {
    !judged.has_key(|key| key == KeyAlgorithm::Ed448)
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    let (mut lines, mut asked) = (String::new(), Vec::new());
    for judged in all {
        let known = |purpose: &String| KNOWN.contains(&purpose.as_str());
        let mut purposes: Vec<String> = judged
            .purposes
            .iter()
            .map(ToString::to_string)
            .filter(known)
            .collect();
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
