//! A hierarchy as a picture: SVG, light or dark as the reader has it.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::layout::{HEIGHT, WIDTH, layout};
use super::{Graph, Node};

/// The colours of pictures and pages.
pub(super) const COLORS: &str = include_str!("../../../templates/graph/colors.css");

#[derive(Serialize)]
struct Box<'a> {
    x: f64,
    y: f64,
    id: &'a str,
    name: String,
    about: String,
    title: String,
    status: &'static str,
}

#[derive(Serialize)]
struct Line {
    path: String,
}

/// The picture, or why its template can't be filled in.
///
/// # Errors
/// Never for a template that is right, which the tests see to.
pub fn svg(graph: &Graph<'_>) -> Result<String, minijinja::Error> {
    let layout = layout(graph);
    let at = |place: usize| layout.places.get(place).copied().unwrap_or_default();
    let boxes: Vec<Box<'_>> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(place, node)| drawn(graph, node, at(place)))
        .collect();
    let lines: Vec<Line> = graph
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(place, node)| {
            let ((from_x, from_y), (to_x, to_y)) = (at(node.issuer?), at(place));
            let (begin, end) = (from_x + WIDTH / 2.0, to_x - WIDTH / 2.0);
            let middle = f64::midpoint(begin, end);
            Some(Line {
                path: format!(
                    "M{begin:.1} {from_y:.1} C{middle:.1} {from_y:.1} {middle:.1} {to_y:.1} {end:.1} {to_y:.1}"
                ),
            })
        })
        .collect();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.render_str(
        include_str!("../../../templates/graph/graph.svg"),
        context! {
            name => graph.hierarchy.name(),
            colors => COLORS,
            width => layout.width.ceil(),
            height => layout.height.ceil(),
            box_width => WIDTH,
            box_height => HEIGHT,
            boxes => Value::from(Serde(boxes)),
            lines => Value::from(Serde(lines)),
        },
    )
}

fn drawn<'a>(graph: &Graph<'_>, node: &'a Node, (x, y): (f64, f64)) -> Box<'a> {
    Box {
        x: x - WIDTH / 2.0,
        y: y - HEIGHT / 2.0,
        id: &node.id,
        name: cut(&node.name, 30),
        about: cut(&node.about(graph.hierarchy.now()), 40),
        title: node.subject.clone(),
        status: node.status.id(),
    }
}

/// A text that fits.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
