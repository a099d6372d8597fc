//! `pkiform graph`: what Graphviz, Mermaid, an XML reader and a browser make of the pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::shell::Shell;

/// Names that each of the forms would take for words of its own.
const ODD: &str = r#"
spec = 1
name = "odd"

[ca.root]
subject = { common_name = "<img src=x onerror=alert(1)> \"root\" [x] #1 & {y}", organization = "end; graph" }
[ca.issuing]
issuer = "root"
subject.common_name = "Issuing -->"
[leaf.device]
issuer = "issuing"
count = 12
subject.common_name = "device-{{ index }}"
[leaf.www]
issuer = "issuing"
subject.common_name = "www.example.com"
[key.bare]
"#;

fn applied(spec: &str) -> Shell {
    let shell = Shell::with(spec);
    shell.run("apply pki.toml").exits(0);
    shell
}

fn graph(shell: &Shell, words: &str) -> String {
    shell
        .run(&format!(
            "graph pki.toml --quiet --now 2026-11-25T12:00:00Z {words}"
        ))
        .exits(0)
        .stdout
}

/// Whether to go on without a program: CI goes without none.
#[expect(clippy::print_stderr, reason = "whoever goes without a tool is told")]
fn lacks(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let lacks = !std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if lacks {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        eprintln!("skipped: {program} is missing");
    }
    lacks
}

fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut all = vec![("odd".to_owned(), ODD.to_owned())];
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            all.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    all
}

#[test]
fn dot_and_mermaid_as_they_are_read() {
    let shell = applied(ODD);
    assert_snapshot!("dot", graph(&shell, ""));
    assert_snapshot!("mermaid", graph(&shell, "--format mermaid"));
    // Before anything is made, and the same each time.
    let new = Shell::with(ODD);
    assert_snapshot!("planned", graph(&new, ""));
    assert_eq!(
        graph(&shell, "--format html"),
        graph(&shell, "--format html")
    );
}

/// A fleet in a pack is one node, whatever its size.
#[test]
fn a_packed_fleet_is_drawn() {
    let spec = ODD.replace("count = 12\n", "count = 12\npack = \"sqlite\"\n");
    let shell = Shell::with(&spec);
    assert_snapshot!("packed_planned", graph(&shell, ""));
    shell
        .run("apply pki.toml --now 2026-11-25T12:00:00Z")
        .exits(0);
    assert_snapshot!("packed", graph(&shell, ""));
    let page = graph(&shell, "--format html");
    assert!(page.contains("device (12 in device.sqlite)"), "{page}");
    assert!(
        page.contains("The members of device lie in packs"),
        "{page}"
    );
}

#[test]
fn graphviz_draws_every_shipped_spec() {
    if lacks("dot") {
        return;
    }
    for (name, spec) in shipped() {
        let shell = Shell::with(&spec);
        shell.write("g.dot", graph(&shell, ""));
        let output = Command::new("dot")
            .args(["-Tsvg", "g.dot"])
            .current_dir(shell.path(""))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
    }
}

#[test]
fn each_form_follows_the_files_ending() {
    let shell = applied(ODD);
    for (file, begins) in [
        ("g.dot", "digraph"),
        ("g.mmd", "flowchart LR"),
        ("g.svg", "<svg"),
        ("g.html", "<!doctype html>"),
    ] {
        graph(&shell, &format!("-o {file}"));
        assert!(shell.read(file).starts_with(begins), "{file}");
    }
}

#[test]
fn an_xml_reader_takes_the_picture() {
    if lacks("python3") {
        return;
    }
    for (name, spec) in shipped() {
        let shell = Shell::with(&spec);
        graph(&shell, "-o g.svg");
        let count = "import sys, xml.etree.ElementTree as x; print(len(x.parse('g.svg').findall('.//{*}rect')))";
        let output = Command::new("python3")
            .args(["-c", count])
            .current_dir(shell.path(""))
            .output()
            .unwrap();
        let boxes: usize = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap();
        let nodes = graph(&shell, "").matches("[label=").count();
        assert_eq!(boxes, nodes, "{name}");
    }
}

#[test]
fn a_deep_chain_is_drawn() {
    let deep = "spec = 1\n[ca.root]\nsubject.common_name = \"R\"\n[ca.chain]\nissuer = \"root\"\ndepth = 99\nsubject.common_name = \"C {{ level }}\"\n";
    let shell = Shell::with(deep);
    assert_eq!(graph(&shell, "--format svg").matches("<rect").count(), 100);
}

/// What a page's document is after its scripts have run in a browser.
fn dom(shell: &Shell, address: &str, size: &str) -> String {
    let output = Command::new("timeout")
        .args([
            "60",
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
        ])
        .args([
            "--virtual-time-budget=10000",
            "--allow-file-access-from-files",
        ])
        .arg(format!("--window-size={size}"))
        .arg(format!(
            "--user-data-dir={}",
            shell.path("browser").display()
        ))
        .arg(format!("file://{}", shell.path(address).display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_browser_shows_the_page_and_searches_it() {
    if lacks("chromium") {
        return;
    }
    let mut shell = applied(ODD);
    shell.set("TZ", "UTC");
    graph(&shell, "-o g.html");
    let page = shell.read("g.html");
    assert!(!page.contains("<img"), "a name became markup");
    for outside in ["http://", "https://", "src="] {
        let all = page
            .replace("http://www.w3.org/2000/svg", "")
            .replace("src=x", "");
        assert!(!all.contains(outside), "the page needs {outside}");
    }
    let whole = dom(&shell, "g.html", "1200,900");
    assert_eq!(whole.matches("<details ").count(), 16, "{whole}");
    assert!(
        !whole.contains("hidden=\"\""),
        "nothing is hidden before a search"
    );
    assert!(whole.contains("Key SHA-256") && whole.contains("basic_constraints"));

    let searched = dom(&shell, "g.html?q=DEVICE-3%20leaf#device-3", "1200,900");
    assert!(searched.contains(">1 of 16</p>"), "{searched}");
    assert_eq!(searched.matches("hidden=\"\"").count(), 15);
    assert!(searched.contains("<details id=\"device-3\" open=\"\">"));

    // On a phone nothing but the picture scrolls sideways.
    let probe = "<script>document.title = document.documentElement.scrollWidth <= innerWidth ? 'fits' : 'too wide'</script>";
    shell.write(
        "phone.html",
        page.replace("</body>", &format!("{probe}</body>")),
    );
    let phone = dom(&shell, "phone.html", "390,844");
    assert!(
        phone.contains("<title>fits</title>"),
        "too wide for a phone"
    );
}

#[test]
fn mermaid_itself_draws_every_shipped_spec() {
    let mermaid: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/judges/mermaid/package/dist/mermaid.min.js");
    if lacks("chromium") || !mermaid.is_file() {
        return;
    }
    for (name, spec) in shipped() {
        let shell = Shell::with(&spec);
        let chart = graph(&shell, "--format mermaid");
        fs::copy(&mermaid, shell.path("mermaid.min.js")).unwrap();
        shell.write("g.html", include_str!("graph/mermaid.html"));
        shell.write(
            "chart.js",
            format!("const chart = {};", serde_json::json!(chart)),
        );
        let title = format!(
            "<title>taken: {} nodes</title>",
            chart.matches("]:::").count()
        );
        let drawn = dom(&shell, "g.html", "1200,900");
        let found = drawn.split("<title>").nth(1).unwrap_or(&drawn);
        assert!(drawn.contains(&title), "{name}: {chart}\n{found}");
    }
}
