//! Who issues whom: names of issuers become ids, and no path runs in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::{Members, Seed};
use super::family::Family;
use crate::source::{Diagnostic, Diagnostics, Span, Spanned, nearest};
use crate::spec::EntityKind;

/// The issuer of each seed: the index of its seed, and where it is said; none for what is self-signed and for keys.
pub(super) fn issuers<'a>(
    seeds: &'a [Seed],
    families: &'a [Family],
    members: &'a Members,
    broken: &BTreeSet<&'a str>,
    diagnostics: &mut Diagnostics,
) -> Vec<Option<Spanned<usize>>> {
    let names = Names {
        broken: broken.clone(),
        ..Names::new(seeds, families, members)
    };
    let issuers: Vec<_> = seeds
        .iter()
        .map(|seed| diagnostics.take(names.issuer(seed)).flatten())
        .collect();
    if let Some(circle) = circle(&issuers) {
        let ids: Vec<&str> = circle
            .iter()
            .filter_map(|index| Some(seeds.get(*index)?.id.as_str()))
            .collect();
        let mut diagnostic = Diagnostic::error(
            "issuer-cycle",
            format!(
                "the issuers of `{}` run in a circle",
                ids.first().unwrap_or(&"")
            ),
        );
        for (step, index) in circle.iter().enumerate() {
            if let Some(Some(issuer)) = issuers.get(*index) {
                let id = ids.get(step).unwrap_or(&"");
                let by = seeds.get(issuer.value).map_or("", |seed| seed.id.as_str());
                diagnostic = diagnostic.at(issuer.span, format!("`{id}` is issued by `{by}`"));
            }
        }
        diagnostics.push(diagnostic.help("a root has no `issuer`: take one of these away"));
    }
    issuers
}

/// The names by which an issuer may be called.
pub(super) struct Names<'a> {
    seeds: &'a [Seed],
    families: &'a [Family],
    members: &'a Members,
    /// Tables that were not expanded: errors about them stand already.
    broken: BTreeSet<&'a str>,
    index: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    pub(super) fn new(seeds: &'a [Seed], families: &'a [Family], members: &'a Members) -> Self {
        let ids = seeds.iter().enumerate();
        Self {
            seeds,
            families,
            members,
            broken: BTreeSet::new(),
            index: ids.map(|(index, seed)| (seed.id.as_str(), index)).collect(),
        }
    }

    /// The issuer of a seed: the index of its seed, and where it is said.
    pub(super) fn issuer(&self, seed: &Seed) -> Result<Option<Spanned<usize>>, Diagnostic> {
        let Some(family) = self.families.get(seed.family) else {
            return Ok(None);
        };
        let Some(named) = &family.table.issuer else {
            let above = seed.level.filter(|level| *level > 1);
            return match (family.kind, above) {
                (EntityKind::Leaf, _) => Err(Diagnostic::error(
                    "missing-issuer",
                    format!("the leaf `{}` has no issuer", family.name),
                )
                .at(family.span, "issued by whom?")
                .help(
                    "name a CA: `issuer = \"…\"`, or `issuer = \"self\"` for a self-signed leaf",
                )),
                (_, Some(level)) => Ok(self.above(family, level, seed)),
                _ => Ok(None),
            };
        };
        if let Some(level) = seed.level.filter(|level| *level > 1) {
            return Ok(self.above(family, level, seed));
        }
        let name = named.value.render(&seed.scope)?;
        let is_self = name == "self" && family.kind == EntityKind::Leaf;
        if is_self || self.broken.contains(name.as_str()) {
            return Ok(None);
        }
        let index = self.find(&name, named.span, seed)?;
        let issuer = self
            .seeds
            .get(index)
            .and_then(|seed| self.families.get(seed.family));
        if let Some(issuer) = issuer.filter(|issuer| issuer.kind != EntityKind::Ca) {
            return Err(Diagnostic::error(
                "issuer-not-ca",
                format!(
                    "`{}` is issued by `{name}`, which is a {}",
                    seed.id,
                    issuer.kind.word()
                ),
            )
            .at(named.span, "named here")
            .at(
                issuer.span,
                format!("declared here as a {}", issuer.kind.word()),
            )
            .note("RFC 5280 §4.2.1.9: only a certificate whose cA is true may certify others")
            .help(format!(
                "declare it as `[ca.{}]`, or name a CA",
                issuer.name
            )));
        }
        Ok(Some(Spanned::new(index, named.span)))
    }

    /// The CA above one of a chain.
    fn above(&self, family: &Family, level: u32, seed: &Seed) -> Option<Spanned<usize>> {
        let level = usize::try_from(level).ok()?;
        let members = self.members.get(&family.name)?;
        let own = members
            .iter()
            .position(|id| *id == seed.id)
            .unwrap_or(level);
        let id = members.get(own.checked_sub(1)?)?;
        let span = family
            .table
            .depth
            .as_ref()
            .map_or(family.span, |depth| depth.span);
        Some(Spanned::new(*self.index.get(id.as_str())?, span))
    }

    fn find(&self, name: &str, span: Span, seed: &Seed) -> Result<usize, Diagnostic> {
        if let Some(index) = self.index.get(name) {
            return Ok(*index);
        }
        let error = |code, what: String| {
            Diagnostic::error(code, format!("`{}` is issued by `{name}`, {what}", seed.id))
        };
        let Some(members) = self.members.get(name) else {
            let known = self
                .index
                .keys()
                .copied()
                .chain(self.members.keys().map(String::as_str));
            let diagnostic = error(
                "unknown-issuer",
                "which the spec does not declare".to_owned(),
            );
            return Err(match nearest(name, known) {
                Some(near) => diagnostic.at(span, format!("did you mean `{near}`?")),
                None => diagnostic.at(span, "no such entity").help(format!(
                    "the spec's CAs are: {}",
                    self.ca_names().join(", ")
                )),
            });
        };
        let is_chain = self
            .families
            .iter()
            .any(|family| family.name == name && family.table.depth.is_some());
        match members.as_slice() {
            [] => Err(error("absent-issuer", "which does not exist here".to_owned())
                .at(span, "named here")
                .help(format!(
                    "`{name}` has a `when` that is false, or a count of 0: give `{}` the same",
                    seed.id
                ))),
            [.., last] if is_chain || members.len() == 1 => self
                .index
                .get(last.as_str())
                .copied()
                .ok_or_else(|| error("unknown-issuer", "which the spec does not declare".to_owned()).at(span, "")),
            [first, ..] => Err(error("ambiguous-issuer", format!("which is a fleet of {}", members.len()))
                .at(span, "which of them?")
                .help(format!(
                    "name one of them, as `{first}`; or `for_each = \"ca.{name}\"` with `issuer = \"{{{{ item }}}}\"`"
                ))),
        }
    }

    fn ca_names(&self) -> Vec<&str> {
        let cas = self
            .families
            .iter()
            .filter(|family| family.kind == EntityKind::Ca);
        cas.map(|family| family.name.as_str()).collect()
    }
}

/// A circle of issuers, if there is one: indices, each issued by the next.
fn circle(issuers: &[Option<Spanned<usize>>]) -> Option<Vec<usize>> {
    // 0 not seen, n seen on the walk that began at n - 1: a walk that meets itself has found a circle.
    let mut walks = vec![0_usize; issuers.len()];
    for start in 0..issuers.len() {
        let mut at = start;
        let mut path = Vec::new();
        loop {
            let seen = walks.get_mut(at)?;
            if *seen == start + 1 {
                let begin = path.iter().position(|index| *index == at)?;
                return Some(path.split_off(begin));
            }
            if *seen != 0 {
                break;
            }
            *seen = start + 1;
            path.push(at);
            match issuers.get(at)? {
                Some(issuer) => at = issuer.value,
                None => break,
            }
        }
    }
    None
}
