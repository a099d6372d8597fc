//! The house: layers import only from those before them, files say their job and stay short, registries are whole.

mod imports;
mod look;
mod planted;
mod sources;

use std::collections::BTreeSet;
use std::path::PathBuf;

use imports::backward;
use look::{
    LONGEST, codes, functions_with_bodies, kebab, says_its_job, star_imports, too_long, variants,
};
use sources::{SourceFile, all_files, files, layers, modules, root};

#[test]
fn layers_import_only_from_those_before_them() {
    let layers = layers();
    let mut faults = Vec::new();
    for file in files("src") {
        faults.extend(
            backward(&layers, &file.module, &file.text)
                .into_iter()
                .map(|fault| format!("{}:{fault}", file.path.display())),
        );
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_folder_of_the_sources_is_a_layer() {
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(folders, layers().into_iter().collect());
}

#[test]
fn every_file_says_its_job_first() {
    let silent: Vec<PathBuf> = all_files()
        .filter(|file| !says_its_job(&file.text))
        .map(|file| file.path)
        .collect();
    assert_eq!(
        silent,
        Vec::<PathBuf>::new(),
        "the first line is not `//! …`"
    );
}

#[test]
fn no_file_is_long_without_a_reason() {
    let long: Vec<String> = all_files()
        .filter(|file| too_long(&file.text))
        .map(|file| {
            format!(
                "{}: {} lines",
                file.path.display(),
                file.text.lines().count()
            )
        })
        .collect();
    assert_eq!(
        long,
        Vec::<String>::new(),
        "more than {LONGEST} lines and no \"Long because\""
    );
}

#[test]
fn nothing_is_imported_by_a_star() {
    let mut stars = Vec::new();
    let under_test = |file: &SourceFile| {
        file.path.starts_with("src") && file.module.iter().any(|name| name == "tests")
    };
    for file in all_files().filter(|file| !under_test(file)) {
        let found = star_imports(&file.text);
        stars.extend(
            found
                .into_iter()
                .map(|line| format!("{}:{line}", file.path.display())),
        );
    }
    assert_eq!(stars, Vec::<String>::new());
}

#[test]
fn registries_hold_no_logic() {
    let mut logic = Vec::new();
    for file in files("src").filter(|file| file.path.ends_with("mod.rs")) {
        let found = functions_with_bodies(&file.text);
        // One may stand there: the match over the registry's own rows.
        if found.len() > 1 {
            logic.push(format!("{}: {}", file.path.display(), found.join(", ")));
        }
    }
    assert_eq!(
        logic,
        Vec::<String>::new(),
        "a `mod.rs` lists; what acts has a file of its own"
    );
}

#[test]
fn the_crate_of_tests_names_every_file() {
    let declared = modules(&std::fs::read_to_string(root().join("tests/main.rs")).unwrap());
    let present: BTreeSet<String> = std::fs::read_dir(root().join("tests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "rs") || path.join("mod.rs").is_file()
        })
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "main")
        .collect();
    assert_eq!(declared.into_iter().collect::<BTreeSet<_>>(), present);
}

#[test]
fn every_command_is_a_file() {
    let written: BTreeSet<String> = variants(&root().join("src/cli"), "Command")
        .into_iter()
        .map(|variant| kebab(&variant).replace('-', "_"))
        .collect();
    assert!(
        written.len() > 5,
        "the enum `Command` of the command line was not found"
    );
    let missing: Vec<&String> = written
        .iter()
        .filter(|name| !root().join(format!("src/cli/{name}.rs")).is_file())
        .collect();
    assert_eq!(
        missing,
        Vec::<&String>::new(),
        "a command without `src/cli/<command>.rs`"
    );
}

#[test]
fn every_code_of_a_diagnostic_is_kebab_case() {
    let mut odd = BTreeSet::new();
    let mut seen = 0;
    for file in files("src") {
        for code in codes(&file.text) {
            seen += 1;
            if !code
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            {
                odd.insert(format!("{}: {code}", file.path.display()));
            }
        }
    }
    assert!(seen > 50, "only {seen} codes were found");
    assert_eq!(odd, BTreeSet::new());
}
