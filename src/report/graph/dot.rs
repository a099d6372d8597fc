//! A hierarchy in DOT, the language of Graphviz.

use std::fmt::Write;

use super::{Graph, Status};

/// The graph.
#[must_use]
pub fn dot(graph: &Graph<'_>) -> String {
    let now = graph.hierarchy.now();
    let mut text = format!("digraph {} {{\n", quoted(graph.hierarchy.name()));
    text.push_str("  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fillcolor=white];\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        // `\\n` is DOT's own word for a line's end.
        let label = [node.name.clone(), node.about(now), node.subject.clone()]
            .map(|line| escaped(&line))
            .join("\\n");
        let _ = writeln!(
            text,
            "  n{index} [label=\"{label}\", color={}];",
            quoted(color(node.status))
        );
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        if let Some(issuer) = node.issuer {
            let _ = writeln!(text, "  n{issuer} -> n{index};");
        }
    }
    text.push_str("}\n");
    text
}

fn color(status: Status) -> &'static str {
    match status {
        Status::Valid => "#2e7d32",
        Status::Due => "#b26a00",
        Status::Expired | Status::Revoked => "#c62828",
        Status::Planned | Status::Key => "#616161",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(char::is_control, " ")
}
