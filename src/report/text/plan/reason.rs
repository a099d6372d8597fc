//! What is done to an entity and why, in one sentence; of like entities of a fleet in one sentence for all.

use crate::plan::{Action, Change, Reason, Step};
use crate::report::text::fleet;

/// What is done with one entity, and why.
pub(super) fn sentence(step: &Step) -> String {
    worded(step, &step.reasons, &|path| path.to_owned(), false)
}

/// The same for several entities of a fleet that are alike: paths hold for all of them, other values are the first's.
pub(super) fn sentence_for_all(steps: &[&Step]) -> String {
    let Some(first) = steps.first() else {
        return String::new();
    };
    let anyone = |text: &str| anyone(text, first);
    let reasons: Vec<Reason> = first
        .reasons
        .iter()
        .map(|reason| for_anyone(reason, first))
        .collect();
    let each_its_own = steps.iter().any(|step| {
        step.reasons
            .iter()
            .zip(&reasons)
            .any(|(own, shown)| for_anyone(own, step) != *shown)
    });
    let mut text = worded(first, &reasons, &anyone, true);
    if each_its_own {
        text.push_str(" and so on");
    }
    text
}

/// What makes two entities of a fleet alike: the kinds of the reasons and of the changed files, whatever their values.
pub(super) fn likeness(step: &Step) -> String {
    let mut text = String::new();
    for reason in &step.reasons {
        let kind = match reason {
            Reason::Field { field, old, new } => {
                format!("{field} {} {}", old.is_some(), new.is_some())
            }
            Reason::Expired { .. } => "expired".to_owned(),
            Reason::EndsSoon { .. } => "ends soon".to_owned(),
            Reason::Validity { .. } => "validity".to_owned(),
            other => for_anyone(other, step).to_string(),
        };
        text.push_str(&kind);
        text.push('\n');
    }
    // Where a certificate is issued, which of its files were there before is no matter.
    let files = step.files.iter().filter(|_| !step.action.issues());
    for file in files {
        text.push_str(&anyone(file.path.as_str(), step));
        text.push_str(match file.change {
            Change::Create => " +",
            Change::Rewrite => " ~",
            Change::Mode => " mode",
            Change::Remove => " -",
        });
    }
    text
}

fn worded(
    step: &Step,
    reasons: &[Reason],
    named: &dyn Fn(&str) -> String,
    several: bool,
) -> String {
    // What is its own issuer has its name's change among its own fields.
    let sentences: Vec<String> = reasons
        .iter()
        .filter(|reason| step.issuer.is_some() || **reason != Reason::IssuerName)
        .map(ToString::to_string)
        .collect();
    let why = sentences.join("; ");
    let is_exchanged = reasons
        .iter()
        .any(|reason| matches!(reason, Reason::Field { field, .. } if field == "public key"));
    match step.action {
        Action::Create | Action::Keep => String::new(),
        Action::Reissue if is_exchanged => format!("reissue, over the key that is there: {why}"),
        Action::Reissue if step.reasons.contains(&Reason::GivenKey) => format!("reissue: {why}"),
        Action::Reissue => format!("reissue, same key: {why}"),
        Action::Rekey => format!("new key: {why}"),
        Action::Renew => format!("renew, same key: {why}"),
        Action::Adopt => format!("taken up as it is: {why}"),
        Action::Remove => format!("remove: {why}"),
        Action::Repackage => {
            let files = files(step, named);
            let stays = match (step.not_after.is_some(), several) {
                (true, false) => "certificate stays; ",
                (true, true) => "certificates stay; ",
                (false, _) => "key stays; ",
            };
            if files.is_empty() {
                why
            } else {
                format!("{stays}{files}: {why}")
            }
        }
    }
}

/// Which files are written again: `chain.pem, fullchain.pem are rewritten`.
fn files(step: &Step, named: &dyn Fn(&str) -> String) -> String {
    let names = |change: Change| -> Vec<String> {
        step.files
            .iter()
            .filter(|file| file.change == change)
            .map(|file| named(file.path.file_name().unwrap_or(file.path.as_str())))
            .collect()
    };
    let mut parts = Vec::new();
    for (change, one, many) in [
        (Change::Create, "is made", "are made"),
        (Change::Rewrite, "is rewritten", "are rewritten"),
        (Change::Mode, "gets its mode back", "get their modes back"),
        (Change::Remove, "is taken away", "are taken away"),
    ] {
        let names = names(change);
        match names.len() {
            0 => {}
            1 => parts.push(format!("{} {one}", names.join(", "))),
            _ => parts.push(format!("{} {many}", names.join(", "))),
        }
    }
    parts.join(", ")
}

/// A reason with the paths of any member of the fleet.
fn for_anyone(reason: &Reason, step: &Step) -> Reason {
    let mut reason = reason.clone();
    match &mut reason {
        Reason::KeyMissing { path }
        | Reason::KeyMismatch { path }
        | Reason::CertificateMissing { path }
        | Reason::ChangedByHand { path }
        | Reason::Unreadable { path, .. }
        | Reason::FileMissing { path }
        | Reason::OutputAdded { path }
        | Reason::OutputRemoved { path }
        | Reason::Mode { path, .. }
        | Reason::KeyEncryption { path } => *path = anyone(path.as_str(), step).into(),
        _ => {}
    }
    reason
}

/// A path with `device-*` where it has `device-7`.
fn anyone(path: &str, step: &Step) -> String {
    fleet::anyone(path, &step.id, &step.family)
}
