//! Where each node stands: layers by the crate rust-sugiyama, from the left to the right.

use rust_sugiyama::configure::Config;

use super::Graph;

/// The size of a node, in pixels.
pub(super) const WIDTH: f64 = 230.0;
pub(super) const HEIGHT: f64 = 46.0;
const MARGIN: f64 = 12.0;
const BETWEEN_LAYERS: f64 = 44.0;

/// The middle of each node, and the size of the whole.
pub(super) struct Layout {
    pub(super) places: Vec<(f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Lays a graph out. Trees of several roots stand one below the other.
pub(super) fn layout(graph: &Graph<'_>) -> Layout {
    let index = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    // The crate draws from the top down: turned, what it calls wide is high.
    let vertices: Vec<(u32, (f64, f64))> = (0..graph.nodes.len())
        .map(|place| (index(place), (HEIGHT, WIDTH)))
        .collect();
    let edges: Vec<(u32, u32)> = graph
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(place, node)| Some((index(node.issuer?), index(place))))
        .collect();
    let config = Config {
        vertex_spacing: 14.0,
        ..Config::default()
    };
    let mut places = vec![(0.0, 0.0); graph.nodes.len()];
    let mut top = MARGIN;
    let mut width: f64 = 0.0;
    let mut trees = rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config);
    // Their order is of no account to the crate.
    trees.sort_by_key(|(places, ..)| places.iter().map(|(place, _)| *place).min());
    for (tree, ..) in trees {
        // It has the last of an issuer's entities first.
        let least = tree
            .iter()
            .map(|(_, (across, _))| *across)
            .fold(f64::INFINITY, f64::min);
        let most = tree
            .iter()
            .map(|(_, (across, _))| *across)
            .fold(f64::NEG_INFINITY, f64::max);
        for (place, (across, _)) in tree {
            let (Some(node), Some(slot)) = (graph.nodes.get(place), places.get_mut(place)) else {
                continue;
            };
            let depth = f64::from(index(node.depth));
            let left = MARGIN + depth * (WIDTH + BETWEEN_LAYERS);
            *slot = (left + WIDTH / 2.0, top + (most - across) + HEIGHT / 2.0);
            width = width.max(left + WIDTH + MARGIN);
        }
        top += (most - least) + HEIGHT + MARGIN;
    }
    Layout {
        places,
        width: width.max(2.0 * MARGIN),
        height: top,
    }
}
