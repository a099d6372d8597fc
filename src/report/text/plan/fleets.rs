//! Packed fleets in a plan: a row each, below it what is done with whom and why.

use std::fmt::Write;

use crate::plan::{Action, FleetPlan, Group};
use crate::report::style::{Style, count, thousands};

/// A fleet's rows.
pub(super) fn draw(text: &mut String, fleet: &FleetPlan, prunes: bool, style: Style) {
    let changes: Vec<(Action, usize)> = fleet.counts.changes().collect();
    let sign = match changes.as_slice() {
        [] if fleet.is_empty() => style.dim("="),
        [(Action::Create | Action::Adopt, _)] => style.green("+"),
        [(Action::Remove, _)] => style.red("-"),
        _ => style.yellow("~"),
    };
    let algorithms: Vec<&str> = fleet.algorithms.iter().map(String::as_str).collect();
    let issuers: Vec<&str> = fleet.issuers.iter().take(3).map(String::as_str).collect();
    let more = fleet.issuers.len().saturating_sub(issuers.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let _ = write!(
        text,
        "  {sign} {} ({})  leaf  {}",
        fleet.family,
        thousands(fleet.members),
        algorithms.join(", ")
    );
    if !issuers.is_empty() {
        let _ = write!(text, "   issued by {}{more}", issuers.join(", "));
    }
    let new = if fleet.new_pack { " (new)" } else { "" };
    let _ = writeln!(text, "   in {}{new}", fleet.path);
    if fleet.counts.create < fleet.members || changes.len() > 1 {
        for group in &fleet.groups {
            let _ = writeln!(text, "      {}", group_line(group, style));
        }
    }
    if fleet.counts.remove > 0 {
        let _ = writeln!(
            text,
            "      {} {} to remove: no longer in the spec; their keys go to the pack's archive",
            style.red("-"),
            thousands(fleet.counts.remove)
        );
    }
    for issuer in &fleet.chains {
        let _ = writeln!(
            text,
            "      {} the chain of {issuer} is another",
            style.yellow("~")
        );
    }
    if fleet.volumes > 0 {
        let _ = writeln!(
            text,
            "      {} {} written again",
            style.yellow("~"),
            count(fleet.volumes, "archive")
        );
    }
    if fleet.relock && changes.is_empty() {
        let _ = writeln!(
            text,
            "      {} the lock has the pack otherwise; it is written again",
            style.yellow("~")
        );
    }
    if fleet.is_open {
        let _ = writeln!(
            text,
            "      {} the pack, or an archive, gets its mode back",
            style.yellow("~")
        );
    }
    if fleet.left > 0 {
        let named: Vec<&str> = fleet
            .left_named
            .iter()
            .take(3)
            .map(String::as_str)
            .collect();
        let _ = writeln!(
            text,
            "      {} {}: {}",
            style.yellow("?"),
            style.dim(if prunes {
                format!(
                    "{} left alone: bad rows may be theirs",
                    count(fleet.left, "member")
                )
            } else {
                format!(
                    "{} no longer in the spec; left alone (--prune takes them away)",
                    count(fleet.left, "member")
                )
            }),
            named.join(", ")
        );
    }
}

fn group_line(group: &Group, style: Style) -> String {
    let sign = match group.action {
        Action::Create | Action::Adopt => style.green("+"),
        Action::Remove => style.red("-"),
        Action::Rekey => style.red("~"),
        _ => style.yellow("~"),
    };
    let reasons: Vec<String> = group.reasons.iter().map(ToString::to_string).collect();
    let more = group.count.saturating_sub(group.named.len());
    let more = if more > 0 {
        format!(" and {} more", thousands(more))
    } else {
        String::new()
    };
    format!(
        "{sign} {} to {}: {}   {}{more}",
        thousands(group.count),
        group.action.verb(),
        reasons.join(", "),
        group.named.join(", ")
    )
}
