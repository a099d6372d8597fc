//! What the README shows is what happens: its specs are valid, and its commands print what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

/// 2026-11-25T00:00:00Z: the day on which the README was written goes on for ever.
const EPOCH: &str = "1795564800";

#[test]
fn every_spec_in_the_docs_is_valid() {
    for page in ["README.md", "docs/spec.md"] {
        let blocks = blocks(page, "toml");
        assert!(!blocks.is_empty(), "{page} shows no spec");
        for (line, text) in blocks.iter().filter(|(_, text)| text.contains("spec = 1")) {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("pki.toml"), text).unwrap();
            let (code, said) = run(folder.path(), "validate pki.toml");
            assert_eq!(code, 0, "{page}:{line}: {said}");
        }
    }
}

#[test]
fn every_command_in_the_readme_prints_what_it_says() {
    let mut commands = 0;
    let folder = tempfile::tempdir().unwrap();
    for name in ["specs", "docs"] {
        copy(Path::new(name), &folder.path().join(name));
    }
    for (line, text) in blocks("README.md", "console") {
        let mut shown = text.split_inclusive('\n').peekable();
        while let Some(command) = shown.next() {
            let arguments = command
                .trim_end()
                .strip_prefix("$ pkiform ")
                .unwrap_or_else(|| {
                    panic!("README.md:{line}: a block begins with a command, not with {command}")
                });
            let mut expected = String::new();
            while let Some(output) = shown.next_if(|next| !next.starts_with("$ ")) {
                expected.push_str(output);
            }
            let (_, said) = run(folder.path(), arguments);
            assert_eq!(
                steady(&said),
                steady(&expected),
                "README.md:{line}: {arguments}"
            );
            commands += 1;
        }
    }
    assert!(commands > 3, "the README shows {commands} commands");
}

/// The fenced blocks of a language, each with the line at which it begins.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(page).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            Some((_, block)) if line != "```" => {
                block.push_str(line);
                block.push('\n');
            }
            Some(_) => blocks.extend(open.take()),
            None if line == format!("```{language}") => open = Some((index + 1, String::new())),
            None => {}
        }
    }
    blocks
}

/// Runs the command as a shell would, both outputs in one.
fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let line = format!("{} {arguments} 2>&1", env!("CARGO_BIN_EXE_pkiform"));
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", EPOCH)
        .env_remove("DEVICE_PASSPHRASE")
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

/// A text without what is random or depends on the machine: times a run takes, digests.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        let line = match line.split_once("SHA-256 ") {
            Some((before, _)) => format!("{before}SHA-256 …"),
            None => line.to_owned(),
        };
        let line = match line.rsplit_once(" files in ") {
            Some((before, _)) => format!("{before} files in …"),
            None => line,
        };
        steady.push_str(line.trim_end());
        steady.push('\n');
    }
    steady
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
