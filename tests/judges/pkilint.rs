//! pkilint's RFC 5280 lints, of each certificate alone and beside its issuer, by a driver in Python.

use std::fmt::Write as _;

use super::path::{Finding, Judged};
use super::tools::{Tool, converse};

/// It reads all that we make.
pub(super) fn reads(_: &Judged) -> bool {
    true
}

pub(super) fn ask(all: &[&Judged]) -> Vec<Finding> {
    let mut lines = String::new();
    for judged in all {
        let (own, _) = judged.path.first().unwrap();
        // Beside itself a root would want for an authority key identifier, which RFC 5280 §4.2.1.1 lets it leave out.
        let issuer = judged.path.get(1).map_or("", |(file, _)| file.as_str());
        writeln!(lines, "{own}\t{issuer}").unwrap();
    }
    let mut command = Tool::PYTHON.command();
    command.arg("-I").arg(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/judges/pkilint.py"
    ));
    let said = converse(command, &lines);
    let findings = said
        .strip_suffix("done\n")
        .unwrap_or_else(|| panic!("pkilint stopped: {said}"));
    findings
        .lines()
        .map(|line| {
            let (number, text) = line.split_once('\t').unwrap();
            let at: usize = number.parse().unwrap();
            all.get(at).unwrap().finding(text)
        })
        .collect()
}
