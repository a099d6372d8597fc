//! A hierarchy as one page for a browser, with nothing beside it: the picture, a time line, every certificate, a search.

use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use super::node::{kind, status};
use super::svg::{COLORS, svg};
use super::{Graph, Status};
use crate::hierarchy::Entity;
use crate::report::json;
use crate::x509::{Certificate, time};

/// How many of one fleet are listed one by one.
const MOST: usize = 500;

/// An entity as the page lists it.
#[derive(Serialize)]
struct Listed {
    id: String,
    kind: &'static str,
    subject: String,
    issuer: Option<String>,
    profile: Option<String>,
    key: String,
    status: &'static str,
    certificate: serde_json::Value,
    files: Vec<String>,
}

/// A bar of the time line.
#[derive(Serialize)]
struct Bar {
    id: String,
    name: String,
    status: &'static str,
    /// Where it begins and how long it is, in hundredths of the whole.
    left: f64,
    width: f64,
    end: String,
    depth: usize,
}

/// The page. `certificate_of` and `is_due` are as for [`graph`](super::graph).
///
/// # Errors
/// Never for a template that is right, which the tests see to.
pub fn page(
    graph: &Graph<'_>,
    certificate_of: &dyn Fn(&Entity) -> Option<Certificate>,
    is_due: &dyn Fn(&Entity, &Certificate) -> bool,
) -> Result<String, minijinja::Error> {
    let hierarchy = graph.hierarchy;
    let now = hierarchy.now();
    let mut listed: Vec<Listed> = Vec::new();
    let mut left_out: Vec<Value> = Vec::new();
    let entities: Vec<&Entity> = hierarchy.entities().map(AsRef::as_ref).collect();
    for family in entities.chunk_by(|one, other| one.family == other.family) {
        let shown = family.get(..MOST).unwrap_or(family);
        if let Some(first) = family.first().filter(|_| shown.len() < family.len()) {
            left_out.push(context! {
                family => first.family.as_str(),
                shown => shown.len(),
                all => family.len(),
            });
        }
        listed.extend(shown.iter().map(|entity| {
            let certificate = certificate_of(entity);
            let status = status(entity, certificate.as_ref(), now, is_due);
            list(entity, certificate.as_ref(), status)
        }));
    }
    for fleet in hierarchy.fleets() {
        left_out.push(context! { family => fleet.name(), packed => true });
    }
    let (from, to, bars) = time_line(graph);
    let counts: Vec<Value> = [
        Status::Valid,
        Status::Due,
        Status::Expired,
        Status::Revoked,
        Status::Planned,
    ]
    .into_iter()
    .map(|status| {
        let count = listed
            .iter()
            .filter(|one| one.status == status.id())
            .count();
        context! { status => status.id(), count }
    })
    .collect();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.render_str(
        include_str!("../../../templates/graph/page.html"),
        context! {
            name => hierarchy.name(),
            env => hierarchy.env(),
            now => time::show(now),
            colors => COLORS,
            picture => Value::from_safe_string(svg(graph)?),
            from => from.map(day),
            to => to.map(day),
            today => from.zip(to).map(|(from, to)| share(from, to, now)),
            bars => Value::from(Serde(bars)),
            listed => Value::from(Serde(listed)),
            left_out,
            counts,
            total => entities.len(),
        },
    )
}

fn list(entity: &Entity, certificate: Option<&Certificate>, status: Status) -> Listed {
    Listed {
        id: entity.id.clone(),
        kind: kind(entity),
        subject: entity.subject.to_string(),
        issuer: entity.issuer.as_ref().map(|issuer| issuer.value.clone()),
        profile: entity.profile.clone(),
        key: entity.key.value.to_string(),
        status: status.id(),
        certificate: certificate.map_or(serde_json::Value::Null, json::certificate),
        files: entity
            .outputs
            .iter()
            .map(|output| output.path.to_string())
            .collect(),
    }
}

/// The bars of what has a certificate, and the moments from which to which they go.
fn time_line(graph: &Graph<'_>) -> (Option<Timestamp>, Option<Timestamp>, Vec<Bar>) {
    let dated = || {
        graph
            .nodes
            .iter()
            .filter_map(|node| Some((node, node.dates?)))
    };
    let now = graph.hierarchy.now();
    let from = dated().map(|(_, (begin, _))| begin).min();
    let to = dated().map(|(_, (_, end))| end).max();
    let (Some(from), Some(to)) = (from.map(|from| from.min(now)), to.map(|to| to.max(now))) else {
        return (None, None, Vec::new());
    };
    let bars = dated()
        .map(|(node, (begin, end))| {
            let left = share(from, to, begin);
            let right = share(from, to, end);
            Bar {
                id: node.id.clone(),
                name: node.name.clone(),
                status: node.status.id(),
                left,
                width: right - left,
                end: day(end),
                depth: node.depth,
            }
        })
        .collect();
    (Some(from), Some(to), bars)
}

/// Where a moment lies between two others, in hundredths.
fn share(from: Timestamp, to: Timestamp, moment: Timestamp) -> f64 {
    let seconds = |later: Timestamp| later.duration_since(from).as_secs_f64();
    let whole = seconds(to).max(1.0);
    (seconds(moment) / whole * 10_000.0).round() / 100.0
}

fn day(moment: Timestamp) -> String {
    time::show(moment).chars().take(10).collect()
}
