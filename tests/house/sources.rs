//! The files of the house, and the modules that they are.

use std::path::{Path, PathBuf};

/// One source file.
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    /// Its module's path below the crate: `["catalog", "algorithm"]`.
    pub(super) module: Vec<String>,
    pub(super) text: String,
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn all_files() -> impl Iterator<Item = SourceFile> {
    ["src", "tests", "benches"].into_iter().flat_map(files)
}

pub(super) fn files(folder: &str) -> impl Iterator<Item = SourceFile> {
    let folder = root().join(folder);
    walkdir::WalkDir::new(folder.clone())
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "rs"))
        .map(move |entry| SourceFile {
            path: entry.path().strip_prefix(root()).unwrap().to_owned(),
            module: module(entry.path().strip_prefix(&folder).unwrap()),
            text: std::fs::read_to_string(entry.path()).unwrap(),
        })
}

fn module(path: &Path) -> Vec<String> {
    let stem = path.with_extension("");
    let mut names: Vec<String> = stem
        .iter()
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    if names
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        names.pop();
    }
    names
}

/// The layers in order: the modules that `lib.rs` names.
pub(super) fn layers() -> Vec<String> {
    modules(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap())
}

pub(super) fn modules(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).unwrap();
    let items = file.items.into_iter();
    items
        .filter_map(|item| match item {
            syn::Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
}
