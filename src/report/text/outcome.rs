//! What a run has done, where it lies, and what to do next.

use std::fmt::Write;

use camino::Utf8Path;

use crate::execute::{Made, Outcome};
use crate::plan::{Action, Kind};
use crate::report::style::{Style, count};
use crate::x509::colons;

/// The end of a run. `took` is its time in seconds; `call` the spec and flags with which another command sees the same.
#[must_use]
pub fn outcome(outcome: &Outcome, store: &Utf8Path, call: &str, took: f64, style: Style) -> String {
    let mut text = String::new();
    let mut parts = vec![
        count(outcome.certificates, "certificate"),
        count(outcome.keys, "key"),
    ];
    parts.push(count(outcome.files, "file"));
    parts.push(count(outcome.packs.len(), "pack"));
    parts.retain(|part| !part.starts_with("0 "));
    let took = time(took);
    let mut removed = vec![
        count(outcome.removed, "file"),
        count(outcome.members_removed, "member"),
    ];
    removed.retain(|part| !part.starts_with("0 "));
    let removed = removed.join(" and ");
    let done = match (parts.is_empty(), !removed.is_empty()) {
        (false, false) => format!("Made {} in {took}.", parts.join(", ")),
        (false, true) => format!(
            "Made {} in {took}, and took {removed} away.",
            parts.join(", ")
        ),
        (true, true) => format!("Took {removed} away in {took}."),
        // A file's permissions, or what the lock says of it.
        (true, false) => format!("Done in {took}."),
    };
    let _ = writeln!(text, "{}", style.green(done));
    for pack in &outcome.packs {
        let _ = writeln!(text, "  pack       {}", store.join(pack));
    }
    for key in &outcome.archived {
        let _ = writeln!(text, "  archived   {}", store.join(key));
    }
    let is_new = |made: &&Made| made.action != Action::Remove;
    let mut made = outcome.made.iter().filter(is_new);
    let root = made
        .clone()
        .find(|made| made.issuer.is_none() && made.kind == Kind::Ca);
    let leaf = made.find(|made| made.kind == Kind::Leaf);
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(root) = root
        && let Some(file) = file(root, &["cert.pem", ".crt", "cert"])
    {
        let print = root.certificate_sha256.as_ref();
        let print = print.map(|digest| colons(digest)).unwrap_or_default();
        rows.push((
            "root of trust",
            format!("{}   SHA-256 {print}", store.join(file)),
        ));
    }
    rows.extend(leaf.map(|leaf| (leaf.id.as_str(), names(leaf, store))));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, what) in rows {
        let _ = writeln!(text, "  {name:width$}   {what}");
    }
    let _ = write!(text, "{} pkiform verify {call}", style.bold("Next:"));
    let example = leaf
        .or(root)
        .or_else(|| outcome.made.iter().find(is_new))
        .map(|made| format!(" · pkiform show {} --spec {call}", made.id));
    let _ = writeln!(text, "{}", example.unwrap_or_default());
    text
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1} s")
    }
}

fn file<'a>(made: &'a Made, endings: &[&str]) -> Option<&'a Utf8Path> {
    let ends = |ending: &&str| {
        made.files
            .iter()
            .find(|file| file.as_str().ends_with(*ending))
    };
    endings
        .iter()
        .find_map(ends)
        .map(camino::Utf8PathBuf::as_path)
}

/// The files of one entity, in one word where they share a folder: `pki/x/www/{key,cert}.pem`.
fn names(made: &Made, store: &Utf8Path) -> String {
    let folder = made.files.first().and_then(|file| file.parent());
    let shared = folder.filter(|folder| {
        !folder.as_str().is_empty() && made.files.iter().all(|file| file.parent() == Some(*folder))
    });
    if let Some(folder) = shared {
        let names: Vec<&str> = made
            .files
            .iter()
            .filter_map(|file| file.file_name())
            .collect();
        format!("{}/{{{}}}", store.join(folder), names.join(","))
    } else {
        let paths: Vec<String> = made
            .files
            .iter()
            .map(|file| store.join(file).to_string())
            .collect();
        paths.join(" ")
    }
}
