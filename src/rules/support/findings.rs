//! What the rules found: one diagnostic a fault, one a fleet, less what the entities' `allow` lifts.

use std::collections::BTreeMap;

use crate::hierarchy::{Entity, Hierarchy};
use crate::rules::Rule;
use crate::source::{About, Diagnostic, Diagnostics, Span};

/// What all rules together say about a hierarchy.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// The findings that stand.
    pub diagnostics: Diagnostics,
    /// The findings that an entity's `allow` lifted.
    pub lifted: Vec<Lifted>,
}

/// A finding that the spec allows on purpose.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lifted {
    /// The id of the entity.
    pub entity: String,
    /// The id of the rule.
    pub rule: &'static str,
    /// What the rule would have said.
    pub message: String,
}

/// Where a rule puts what it finds. It knows the rule, so that no rule handles levels or exceptions.
pub struct Findings<'a> {
    rule: &'a Rule,
    found: Vec<(Diagnostic, String, usize)>,
    /// The finding that each fleet has already: its place in `found`, by family and labelled places.
    known: BTreeMap<(String, Vec<Span>), usize>,
    lifted: Vec<Lifted>,
    /// Whether what is wrong with CAs is another judgement's to say.
    members: bool,
}

impl<'a> Findings<'a> {
    fn of(rule: &'a Rule, hierarchy: &Hierarchy, members: bool) -> Self {
        let mut findings = Self {
            rule,
            found: Vec::new(),
            known: BTreeMap::new(),
            lifted: Vec::new(),
            members,
        };
        (rule.check)(hierarchy, &mut findings);
        findings
    }
}

/// Runs one rule on members of a fleet below their CAs, and gives what is wrong with the members, each finding with how
/// many they are.
pub(crate) fn run_on_members(
    rule: &Rule,
    part: &Hierarchy,
) -> impl Iterator<Item = (Diagnostic, usize)> {
    let findings = Findings::of(rule, part, true);
    let counted =
        |(diagnostic, _, more): (Diagnostic, String, usize)| (diagnostic, more.saturating_add(1));
    findings.found.into_iter().map(counted)
}

/// Runs one rule.
pub(crate) fn run(rule: &Rule, hierarchy: &Hierarchy, judgement: &mut Judgement) {
    let findings = Findings::of(rule, hierarchy, false);
    for (diagnostic, family, more) in findings.found {
        let more = (more + 1).saturating_sub(diagnostic.about.len().max(1));
        judgement.diagnostics.push(match more {
            0 => diagnostic,
            1 => diagnostic.note(format!("so it is with one more of `{family}`")),
            more => diagnostic.note(format!("so it is with {more} more of `{family}`")),
        });
    }
    judgement.lifted.extend(findings.lifted);
}

impl Findings<'_> {
    /// Reports that the entity breaks the rule, unless its `allow` names the rule. The first label is the place to go
    /// to; without one that is in a file, it is the entity's own. What is wrong at the same places with several of a
    /// chain or fleet is said once.
    pub fn report(&mut self, entity: &Entity, message: impl Into<String>, labels: &[(Span, &str)]) {
        if self.members && entity.is_ca() {
            return;
        }
        let message = message.into();
        if entity
            .allow
            .iter()
            .any(|allowed| allowed.value == self.rule.id)
        {
            let lifted = Lifted {
                entity: entity.id.clone(),
                rule: self.rule.id,
                message,
            };
            if !self.lifted.contains(&lifted) {
                self.lifted.push(lifted);
            }
            return;
        }
        let places: Vec<Span> = labels.iter().map(|(span, _)| *span).collect();
        let key = (entity.family.clone(), places);
        if entity.id != entity.family
            && let Some((known, _, more)) =
                self.known.get(&key).and_then(|at| self.found.get_mut(*at))
        {
            *more += 1;
            if let Some(row) = entity.row {
                let id = entity.id.clone();
                known.join([About { id, span: row }]);
            }
            return;
        }
        self.known.insert(key, self.found.len());
        let mut diagnostic = self.diagnostic(entity, message, labels);
        if let Some(row) = entity.row {
            diagnostic = diagnostic.about(&entity.id, row);
        }
        self.found.push((diagnostic, entity.family.clone(), 0));
    }

    fn diagnostic(&self, entity: &Entity, message: String, labels: &[(Span, &str)]) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.rule.level, self.rule.id, message);
        for (span, text) in labels {
            diagnostic = diagnostic.at(*span, *text);
        }
        if diagnostic.labels.is_empty() {
            diagnostic = diagnostic.at(entity.span, "");
        }
        diagnostic
            .note(format!("{}; {}", self.rule.source, self.rule.why))
            .help(format!(
                "{}; `allow = [\"{}\"]` on `{}` makes it all the same",
                self.rule.help, self.rule.id, entity.family
            ))
    }
}
