//! A small PKI for a cloud, and what a run of `pkiform enroll` calls for it.

use std::fs;

use super::{calls, record};
use crate::shell::Shell;

/// A small spec: one CA, devices by the names of a list, and what else is said of them and of the target.
pub(super) fn small(target: &str, of_target: &str, names: &str, of_device: &str) -> Shell {
    let mut shell = Shell::with(&format!(
        "spec = 1\nname = \"small\"\n[target.{target}]\n{of_target}\n\
         [ca.root]\nsubject.common_name = \"Root\"\noutputs = [\"key\", \"cert\", \"crl\"]\n\
         [leaf.device]\nissuer = \"root\"\nprofile = \"device\"\nsan = [\"device.example\"]\n\
         for_each = {names}\nsubject.common_name = \"{{{{ item }}}}\"\n{of_device}\n"
    ));
    shell.run("apply pki.toml").exits(0);
    record(&mut shell);
    shell
}

pub(super) fn call(target: &str, more: &str) -> String {
    format!("enroll {target} pki.toml --now 2026-11-25T12:00:00Z {more}")
}

/// What a run calls, beginning with nothing noted.
#[track_caller]
pub(super) fn ran(shell: &Shell, words: &str) -> Vec<Vec<String>> {
    let _ = fs::remove_file(shell.path("calls"));
    shell.run(words).exits(0);
    calls(shell)
}

/// The verbs of calls: the word after the group that has it.
pub(super) fn verbs(calls: &[Vec<String>]) -> Vec<String> {
    let verb = |call: &Vec<String>| {
        let at = call.iter().position(|word| word.starts_with('-')).unwrap();
        call[at - 1].clone()
    };
    calls.iter().map(verb).collect()
}

pub(super) const HUB: &str = "name = \"contoso-hub\"";
pub(super) const DPS: &str = "name = \"contoso-dps\"\nresource_group = \"rg\"";
