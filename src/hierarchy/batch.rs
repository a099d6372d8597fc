//! A packed fleet some members at a time, each lot with the CAs that issue it: what a plan or a rule can look at.

use super::{Entity, Fleet, Hierarchy, Member, Resolver, reproducible};
use crate::source::{Diagnostic, Diagnostics};

/// Members that were walked, not yet resolved.
#[derive(Debug)]
pub struct Lot {
    /// The members.
    pub members: Vec<Member>,
    /// What is wrong with those that are therefore left out.
    pub faults: Diagnostics,
}

/// Members that were resolved.
#[derive(Debug)]
pub struct Part {
    /// The CAs, and below them the members.
    pub hierarchy: Hierarchy,
    /// What is wrong with members that are therefore left out.
    pub faults: Diagnostics,
}

/// A fleet's members that `wants` takes, in the spec's order, so many at a time.
pub fn lots<'a>(
    fleet: &'a Fleet,
    size: usize,
    wants: impl Fn(&str) -> bool + Send + 'a,
) -> impl Iterator<Item = Lot> + Send + 'a {
    let wanted = move |member: &Result<Member, Diagnostic>| {
        member.as_ref().map_or(true, |member| wants(member.id()))
    };
    let mut members = fleet.members().filter(wanted);
    std::iter::from_fn(move || {
        let mut lot = Lot {
            members: Vec::with_capacity(size),
            faults: Diagnostics::new(),
        };
        let mut walked = false;
        for member in members.by_ref().take(size) {
            walked = true;
            lot.members.extend(lot.faults.take(member));
        }
        walked.then_some(lot)
    })
}

impl Hierarchy {
    /// Resolves members, and puts them below the CAs.
    #[must_use]
    pub fn part(&self, resolver: &Resolver<'_>, members: &[Member]) -> Part {
        let mut faults = Diagnostics::new();
        let mut entities: Vec<Entity> = Vec::with_capacity(members.len());
        for member in members {
            // In the place of its issuer it would stand above itself.
            if self.get(member.id()).is_some() {
                let what = format!("two entities have the id `{}`", member.id());
                let fault = Diagnostic::error("duplicate-id", what);
                faults.push(match member.span() {
                    Some(span) => fault.at(span, "made here"),
                    None => fault,
                });
                continue;
            }
            match resolver.entity(member) {
                Ok(entity) => entities.push(entity),
                Err(found) => faults.extend(found),
            }
        }
        if let Some(reproducible) = self.reproducible() {
            reproducible::check(reproducible, entities.iter(), &mut faults);
        }
        Part {
            hierarchy: self.with(entities),
            faults,
        }
    }
}
