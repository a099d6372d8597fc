//! A hierarchy in Mermaid, which Markdown pages draw.

use std::fmt::Write;

use super::{Graph, Status};

const CLASSES: [(Status, &str); 6] = [
    (Status::Valid, "stroke:#2e7d32"),
    (Status::Due, "stroke:#b26a00,stroke-width:2px"),
    (Status::Expired, "stroke:#c62828,stroke-width:2px"),
    (Status::Revoked, "stroke:#c62828,stroke-dasharray:4"),
    (Status::Planned, "stroke:#616161,stroke-dasharray:2"),
    (Status::Key, "stroke:#616161"),
];

/// The flowchart.
#[must_use]
pub fn mermaid(graph: &Graph<'_>) -> String {
    let now = graph.hierarchy.now();
    let mut text = "flowchart LR\n".to_owned();
    for (index, node) in graph.nodes.iter().enumerate() {
        let lines = [node.name.clone(), node.about(now), node.subject.clone()];
        let label = lines.map(|line| escaped(&line)).join("<br/>");
        let _ = writeln!(text, "  n{index}[\"{label}\"]:::{}", node.status.id());
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        if let Some(issuer) = node.issuer {
            let _ = writeln!(text, "  n{issuer} --> n{index}");
        }
    }
    for (status, style) in CLASSES {
        if graph.nodes.iter().any(|node| node.status == status) {
            let _ = writeln!(text, "  classDef {} {style}", status.id());
        }
    }
    text
}

/// Mermaid reads HTML in labels, and knows characters by their numbers.
fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '\\' | '[' | ']' | '{' | '}' | '(' | ')'
            | '|' | '*' | '_' | '~' => {
                let _ = write!(all, "#{};", u32::from(c));
            }
            c if c.is_control() => all.push(' '),
            c => all.push(c),
        }
    }
    all
}
