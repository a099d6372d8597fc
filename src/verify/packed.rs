//! What of packed fleets is not as the spec says: those that differ alike are told together.

use crate::hierarchy::Hierarchy;
use crate::plan::Plan;
use crate::store::State;

use super::compare::{Comparing, Difference, Kind};

/// Packs of fleets that the spec no longer has.
pub(super) fn orphans(hierarchy: &Hierarchy, state: &State) -> Vec<Difference> {
    let left = state.orphan_packs(hierarchy);
    left.map(|line| Difference {
        id: line.fleet.clone(),
        path: Some(line.pack.clone()),
        kind: Kind::LeftSpec,
    })
    .collect()
}

/// What a plan would do with members of packed fleets: one for those that differ alike.
pub(super) fn fleets(plan: &Plan, comparing: &Comparing) -> Vec<Difference> {
    let mut all = Vec::new();
    for fleet in &plan.fleets {
        let whole = |kind| Difference {
            id: fleet.family.clone(),
            path: Some(fleet.path.clone()),
            kind,
        };
        if fleet.new_pack {
            all.push(whole(Kind::Missing));
            continue;
        }
        if fleet.left_out > 0 {
            let what = format!(
                "{} of its members left out: something is wrong with them",
                fleet.left_out
            );
            all.push(whole(Kind::Content { what }));
        }
        for group in &fleet.groups {
            let reasons: Vec<String> = group.reasons.iter().map(ToString::to_string).collect();
            let named = group.named.first().map_or("", String::as_str);
            let whose = match group.count {
                1 => named.to_owned(),
                count => format!("{named} and {} more", count - 1),
            };
            let why = format!("{whose}: {}", reasons.join(", "));
            all.push(whole(Kind::Step { why }));
        }
        for issuer in &fleet.chains {
            let why = format!("the chain of {issuer} is another");
            all.push(whole(Kind::Step { why }));
        }
        let needs = fleet.needs.iter().filter(|_| !comparing.without_keys);
        all.extend(needs.map(|why| whole(Kind::Step { why: why.clone() })));
        if fleet.volumes > 0 {
            let what = format!("{} of its archives are not what it says", fleet.volumes);
            all.push(whole(Kind::Content { what }));
        }
        if fleet.is_open {
            let what = "others may read it, or one of its archives".to_owned();
            all.push(whole(Kind::Content { what }));
        }
        if fleet.relock {
            let what = "is not the one that the lock knows".to_owned();
            all.push(whole(Kind::Content { what }));
        }
        for id in &fleet.left_named {
            all.push(Difference {
                id: id.clone(),
                path: None,
                kind: Kind::LeftSpec,
            });
        }
    }
    all
}
