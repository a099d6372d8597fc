//! What README and docs show is what happens: its specs are valid, and its commands print what it says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
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

/// What `az` answers where its answer is used; what it prints otherwise no page shows.
const AZ: &str = r#"#!/bin/sh
case " $* " in
*" generate-verification-code "*) echo 106A5SD242AF512B3498BD6098C4941E66R34H268DDB3288 ;;
*" --query etag "*) echo AAAAAAAAAAA= ;;
esac
"#;

#[test]
fn every_command_in_the_readme_prints_what_it_says() {
    assert!(commands("README.md") > 3);
}

#[test]
fn every_command_on_fleets_prints_what_it_says() {
    assert!(commands("docs/fleets.md") > 7);
}

#[test]
fn every_command_of_the_five_tasks_prints_what_it_says() {
    assert!(commands("docs/azure-iot.md") > 8);
    // The README's first screen has the same commands.
    let page = fs::read_to_string("docs/azure-iot.md").unwrap();
    let readme = fs::read_to_string("README.md").unwrap();
    let tasks: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("iot"))
        .filter_map(|line| line.split('`').nth(1))
        .filter(|task| task.starts_with("pkiform ") || task.starts_with("examples/"))
        .collect();
    assert!(tasks.len() >= 4, "{tasks:?}");
    for task in tasks {
        assert!(page.contains(&format!("$ {task}\n")), "{task}");
    }
}

/// Runs every command of a page in one folder and holds what is printed against what is shown; gives their number.
fn commands(page: &str) -> usize {
    let mut commands = 0;
    let folder = tempfile::tempdir().unwrap();
    for name in ["specs", "docs"] {
        copy(Path::new(name), &folder.path().join(name));
    }
    let az = folder.path().join("bin/az");
    fs::create_dir(az.parent().unwrap()).unwrap();
    fs::write(&az, AZ).unwrap();
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
    for (line, text) in blocks(page, "console") {
        let mut shown = text.split_inclusive('\n').peekable();
        while let Some(command) = shown.next() {
            let command = command
                .strip_prefix("$ ")
                .unwrap_or_else(|| {
                    panic!("{page}:{line}: a block begins with a command, not with {command}")
                })
                .trim_end();
            let mut expected = String::new();
            // A run shows the commands that it runs, to the end of the block.
            let is_run = command.ends_with(" --run");
            while let Some(output) = shown.next_if(|next| is_run || !next.starts_with("$ ")) {
                expected.push_str(output);
            }
            commands += 1;
            let said = if command == "examples/iot/run.sh" {
                match crate::iot::all_of_it() {
                    Some(said) => said,
                    None => continue,
                }
            } else {
                shell(folder.path(), command).1
            };
            assert_eq!(steady(&said), steady(&expected), "{page}:{line}: {command}");
        }
    }
    commands
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

/// Runs pkiform as a shell would, both outputs in one.
fn run(folder: &Path, arguments: &str) -> (i32, String) {
    shell(folder, &format!("pkiform {arguments}"))
}

/// Runs a line of a shell that finds pkiform and an `az` of ours.
fn shell(folder: &Path, line: &str) -> (i32, String) {
    let own = Path::new(env!("CARGO_BIN_EXE_pkiform")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("{line} 2>&1")])
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", EPOCH)
        .env(
            "PATH",
            format!("{}/bin:{}:{path}", folder.display(), own.display()),
        )
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
        let line = [" files in ", " pack in "]
            .into_iter()
            .fold(line, |line, word| match line.rsplit_once(word) {
                Some((before, time)) if time.contains("s.") => format!("{before}{word}…"),
                _ => line,
            });
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
