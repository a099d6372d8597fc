//! Whether a store holds a root: seen in the store itself, never remembered.

use super::act::{Ran, run};
use super::steps::{Look, Steps};
use super::{Anchor, steps};
use crate::store::read_elsewhere;
use crate::x509::pem;

/// What a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// This very certificate.
    Trusted,
    /// Another certificate under the same name: the root was issued anew since.
    Another,
    /// Nothing of it.
    Absent,
    /// It can't be seen, and why.
    Unknown(String),
}

/// Looks.
#[must_use]
pub fn status(steps: &Steps, anchor: &Anchor) -> Status {
    let (text, is_by_name) = match &steps.look {
        Look::Bundle(path) => match read_elsewhere(path) {
            Ok(text) => (text.unwrap_or_default(), false),
            Err(error) => return Status::Unknown(error.to_string()),
        },
        Look::Prints(command) => match run(command, true) {
            Ok(Ran {
                success: true, out, ..
            }) => (out, steps.goes_first),
            Ok(_) => return without(steps),
            Err(why) => return Status::Unknown(why),
        },
        Look::Succeeds(command) => {
            return match run(command, true) {
                Ok(Ran { success: true, .. }) => Status::Trusted,
                Ok(_) => Status::Absent,
                Err(why) => Status::Unknown(why),
            };
        }
    };
    let found = pem::certificates(&text).unwrap_or_default();
    if found.iter().any(|der| der == anchor.certificate.der()) {
        Status::Trusted
    } else if has_old(steps) || is_by_name && !found.is_empty() {
        Status::Another
    } else {
        Status::Absent
    }
}

/// A store that does not show the root: because it has none, or because it can't be read.
fn without(steps: &Steps) -> Status {
    let Some(command) = &steps.opens else {
        return Status::Absent;
    };
    match run(command, true) {
        Ok(Ran { success: true, .. }) => Status::Absent,
        Ok(Ran { said, .. }) => Status::Unknown(said),
        Err(why) => Status::Unknown(why),
    }
}

/// Whether the file that would be written is there already.
fn has_old(steps: &Steps) -> bool {
    steps.install.iter().any(|act| match act {
        steps::Act::Write(path, _) => path.exists(),
        _ => false,
    })
}
